import { resolveDevice, type DeviceOptions } from "../runtime/device.ts";
import { ResidentState } from "../runtime/resident-state.ts";
import { checkpointWeights } from "./checkpoint-weights.ts";
import { recordEvaluations, runEvaluations } from "./evaluator.ts";
import { withoutInit } from "./initial-weights.ts";
import { checkRecipe } from "./recipe.ts";
import type { RunDirectory } from "./run-directory.ts";
import { prepareNetworks } from "./step-program.ts";
import type { BaseRecipe, Method } from "./task.ts";
import { readTrainingCheckpoint } from "./training-checkpoint.ts";
import { RunWeights } from "./weights.ts";

export interface EvaluateOptions<R extends BaseRecipe> extends DeviceOptions {
  readonly method: Method<R>;
  readonly run: RunDirectory;
  /** Default: the best, else the last. */
  readonly checkpoint?: "best" | "last" | number;
  readonly log?: (line: string) => void;
}

/** Runs all evaluations of a run on one of its checkpoints and writes `eval/` and `samples/` as the training does. */
export async function evaluateRun<R extends BaseRecipe>({
  method,
  run,
  checkpoint,
  log = () => {},
  ...device
}: EvaluateOptions<R>): Promise<{ step: number; metrics: Record<string, number> }> {
  const { step, path } = run.checkpoint(checkpoint);
  const recipe = checkRecipe(method, run.readRecipe().values);
  const task = await method.task(withoutInit(recipe), { seed: recipe.seed, log });
  try {
    prepareNetworks(task);
    task.memory?.restore(readTrainingCheckpoint(path).memory);
    const state = new ResidentState(resolveDevice(device), checkpointWeights(Object.values(task.networks), path));
    const weights = new RunWeights(state);
    weights.step = step;
    const results = await runEvaluations(weights, task.evaluations);
    await weights.dispose();
    await state.dispose();
    return { step, metrics: recordEvaluations(run, step, results) };
  } finally {
    await task.source.close();
  }
}
