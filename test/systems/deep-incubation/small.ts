import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Task } from "../../../src/train/task.ts";
import { RunDirectory } from "../../../src/train/run-directory.ts";
import { runTraining } from "../../../src/train/run-training.ts";
import { checkRecipe } from "../../../src/train/recipe.ts";
import { deepIncubation } from "../../../src/systems/deep-incubation/method.ts";
import type { IncubationRecipe } from "../../../src/systems/deep-incubation/schema.ts";

/** A folder of runs that goes with the tests. */
export function runFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fovea-incubation-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Two modules of two blocks in the smallest ViT; a few updates. */
export const smallRecipe = (changes: Record<string, unknown>): IncubationRecipe =>
  checkRecipe(deepIncubation, {
    data: { imageSize: 16, count: 64, valCount: 16, workers: 0 },
    model: { family: "vit", width: 16, heads: 2, depth: 6, patchSize: 8 },
    modules: { count: 3 },
    batchSize: 8,
    steps: 3,
    warmupEpochs: 0,
    optimiser: { peakLearningRate: 1e-2, referenceBatchSize: 8, schedule: "step" },
    validation: { batchSize: 16 },
    logEvery: 1,
    ...changes,
  });

/** Trains `recipe` in `out`/`name`. */
export async function trained(out: string, name: string, recipe: IncubationRecipe): Promise<RunDirectory> {
  const run = existsSync(join(out, name, "run.json")) ? RunDirectory.open(name, out) : RunDirectory.create(out, name);
  await runTraining({ method: deepIncubation, recipe, run, device: "cpu", threads: 1 });
  return run;
}

/** The task of `recipe`, its source closed. */
export async function taskOf(recipe: IncubationRecipe): Promise<Task> {
  const task = await deepIncubation.task(recipe, { seed: recipe.seed, log: () => {} });
  await task.source.close();
  return task;
}
