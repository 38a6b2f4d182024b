import type { Dataset } from "../data/dataset.ts";
import { generator } from "../random/generator.ts";

/** The first `count` indices of a set, or all. */
export const firstIndices = ({ length }: Dataset, count = length): Int32Array =>
  Int32Array.from({ length: Math.min(length, count) }, (_, i) => i);

/** `count` of `indices` at random but always the same, in order; all where there are fewer. */
export function sampleOf(indices: Int32Array, count: number, seed: number): Int32Array {
  if (indices.length <= count) return indices;
  const order = generator(seed, "sample of images").permutation(indices.length);
  return Int32Array.from(order.subarray(0, count), (i) => indices[i]).sort();
}
