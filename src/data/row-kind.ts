import type { BatchMemory, BatchPlan } from "./batch-plan.ts";

/** What the rows of a batch are, and their name in it: [B, 3, H, W], [B, T, 3, H, W] or [B, 1, L]. */
export type RowKind = "images" | "clips" | "spectra";

/** The values of a batch under the name of their kind. */
export type RowValues<K extends RowKind = "images"> = { readonly [name in K]: BatchMemory };

type RowPlan = Pick<BatchPlan, "clip" | "spectrum" | "height" | "width">;

export const rowKind = ({ clip, spectrum }: Pick<RowPlan, "clip" | "spectrum">): RowKind =>
  clip !== undefined ? "clips" : spectrum !== undefined ? "spectra" : "images";

/** Of one row: [3, H, W] of an image, [T, 3, H, W] of a clip, [V, T, 3, H, W] of its V views, [1, L] of a spectrum. */
export function rowShape({ clip, spectrum, height, width }: RowPlan): readonly number[] {
  if (spectrum !== undefined) return [1, spectrum.length];
  if (clip === undefined) return [3, height, width];
  const views = clip.sampling === "views" ? [clip.views] : [];
  return [...views, clip.frames, 3, height, width];
}

/** Values in one row. */
export const rowLength = (plan: RowPlan): number => rowShape(plan).reduce((product, side) => product * side, 1);

export const namedValues = <K extends RowKind>(kind: K, values: BatchMemory): RowValues<K> =>
  ({ [kind]: values }) as RowValues<K>; // a computed name is a string to the compiler
