import { z } from "zod";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { Generator } from "../../random/generator.ts";
import { fillBlockWiseMask } from "./block-wise-mask.ts";
import { fillSimmimMask } from "./simmim-mask.ts";

const tokens = z.int().min(1).max(4096);

const specs = [
  /** Sizes in pixels: `maskPatch` squares of an `imageSize` image whose tokens are `patchSize`. */
  z.strictObject({
    name: z.literal("simmim"),
    imageSize: tokens,
    patchSize: tokens,
    maskPatch: tokens,
    ratio: z.number().min(0).max(1),
  }),
  /** Sizes in tokens; `minBlock` 16 and `minAspect` 0.3 unless said. */
  z.strictObject({
    name: z.literal("blockWise"),
    grid: tokens,
    count: z.int().min(0),
    minBlock: z.int().min(1).optional(),
    minAspect: z.number().positive().max(1).optional(),
  }),
] as const;

/** How the loader masks each image, as plain data. */
export const maskSchema = z.discriminatedUnion("name", specs);
export type MaskSpec = z.infer<typeof maskSchema>;

/** A mask spec ready to use: writes one mask [grid, grid] of 0 and 1. */
export interface MaskGenerator {
  readonly grid: number;
  fill(mask: Uint8Array, random: Generator): void;
}

/** @throws FoveaError `data/mask` where the sizes do not divide each other, or more is masked than there is. */
export function maskGenerator(spec: MaskSpec): MaskGenerator {
  if (spec.name === "blockWise") return blockWise(spec);
  const { imageSize, patchSize, maskPatch, ratio } = spec;
  mustDivide("maskPatch", maskPatch, "imageSize", imageSize);
  mustDivide("patchSize", patchSize, "maskPatch", maskPatch);
  const grid = imageSize / patchSize;
  const options = { grid, unit: maskPatch / patchSize, ratio };
  return { grid, fill: (mask, random) => fillSimmimMask(mask, options, random) };
}

function blockWise({ grid, count, minBlock = 16, minAspect = 0.3 }: MaskSpec & { name: "blockWise" }): MaskGenerator {
  if (count > grid * grid) {
    throw new FoveaError("data/mask", `mask: count ${count} is more than the ${grid}×${grid} tokens`, { exitCode: 2 });
  }
  const options = { grid, count, minBlock, minAspect };
  return { grid, fill: (mask, random) => void fillBlockWiseMask(mask, options, random) };
}

function mustDivide(name: string, value: number, whole: string, total: number): void {
  if (total % value === 0) return;
  throw new FoveaError("data/mask", `mask: ${name} ${value} does not divide ${whole} ${total}`, {
    hint: `choose ${name} among the divisors of ${total}`,
    exitCode: 2,
  });
}
