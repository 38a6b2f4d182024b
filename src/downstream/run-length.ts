import { FoveaError } from "../errors/fovea-error.ts";
import type { BaseRecipe } from "../train/task.ts";

/**
 * Length of a run in updates: `steps`, or else `epochs` times the updates of one (incomplete batches are dropped).
 *
 * @throws FoveaError where the recipe has neither, or a batch is larger than the set
 */
export function runLength({ steps, epochs, batchSize }: BaseRecipe, images: number): number {
  if (steps !== undefined) return steps;
  if (epochs === undefined)
    throw new FoveaError("recipe/length", "the recipe has neither steps nor epochs", {
      hint: "set steps=1000",
      exitCode: 2,
    });
  const perEpoch = Math.floor(images / batchSize);
  if (perEpoch === 0) {
    throw new FoveaError("recipe/batch-size", `batchSize ${batchSize} is more than the ${images} training images`, {
      hint: `set batchSize=${images} or less`,
      exitCode: 2,
    });
  }
  return Math.max(1, Math.round(epochs * perEpoch));
}
