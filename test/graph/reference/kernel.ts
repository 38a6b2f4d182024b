import type { AttributeValue } from "../../../src/graph/attributes.ts";
import type { Shape } from "../../../src/graph/dtype.ts";
import type { NdArray } from "./nd-array.ts";

/**
 * An operator in float64: inputs (an absent one is undefined, so only kernels that have such ask), attributes with
 * their defaults, and the shapes that the operator's shape rule has found; returns the outputs.
 */
export type Kernel = (
  inputs: readonly NdArray[],
  attributes: Readonly<Record<string, AttributeValue | undefined>>,
  shapes: readonly Shape[],
) => readonly NdArray[];

export type KernelTable = Readonly<Record<string, Kernel>>;

/** `axis` counted from 0. */
export const axisOf = (axis: unknown, rank: number): number => (Number(axis) < 0 ? Number(axis) + rank : Number(axis));
