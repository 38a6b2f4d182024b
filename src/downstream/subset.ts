import type { Dataset } from "../data/dataset.ts";
import { nestedCount, nestedSubset } from "../data/sampling/class-subset.ts";
import { generator } from "../random/generator.ts";
import type { DataRecipe } from "./data-recipe.ts";

/** The first `count` indices of a set, or all. */
export const firstIndices = ({ length }: Dataset, count = length): Int32Array =>
  Int32Array.from({ length: Math.min(length, count) }, (_, i) => i);

/** Training images that a recipe uses, ascending. @throws FoveaError where it asks for more than there are */
export function trainingIndices(dataset: Dataset, { maxImages, subset }: DataRecipe): Int32Array {
  if (subset === undefined) return firstIndices(dataset, maxImages);
  const { count, fraction = 1, seed } = subset;
  const chosen = count === undefined ? nestedSubset(dataset, fraction, seed) : nestedCount(dataset, count, seed);
  return chosen.subarray(0, maxImages);
}

/**
 * `indices` as often as fills a batch: a set of 32 images gives batches of 64 with each image twice, cropped and masked
 * anew in every place.
 */
export function filled(indices: Int32Array, batchSize: number): Int32Array {
  const times = Math.ceil(batchSize / indices.length);
  return Int32Array.from({ length: times * indices.length }, (_, i) => indices[i % indices.length]);
}

/** `count` of `indices` at random but always the same, in order; all where there are fewer. */
export function sampleOf(indices: Int32Array, count: number, seed: number): Int32Array {
  if (indices.length <= count) return indices;
  const order = generator(seed, "sample of images").permutation(indices.length);
  return Int32Array.from(order.subarray(0, count), (i) => indices[i]).sort();
}
