import { FoveaError } from "../errors/fovea-error.ts";
import { resolveDevice, type DeviceOptions } from "../runtime/device.ts";
import { ResidentState } from "../runtime/resident-state.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { sameShape } from "../graph/tensor.ts";
import { buffers, parameters } from "../nn/module.ts";
import { recordEvaluations } from "./evaluator.ts";
import { readWeights, withoutInit } from "./initial-weights.ts";
import { checkRecipe } from "./recipe.ts";
import type { RunDirectory } from "./run-directory.ts";
import { prepareNetworks } from "./step-program.ts";
import type { BaseRecipe, EvaluationResult, Method, Task } from "./task.ts";
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
    const state = new ResidentState(resolveDevice(device), taskWeights(task, path));
    const weights = new RunWeights(state);
    weights.step = step;
    const results = new Map<string, EvaluationResult>();
    for (const evaluation of task.evaluations) results.set(evaluation.name, await evaluation.run(weights));
    await weights.dispose();
    await state.dispose();
    return { step, metrics: recordEvaluations(run, step, results) };
  } finally {
    await task.source.close();
  }
}

/** The checkpoint's values of every parameter and buffer of the task. Throws when one is missing or misshapen. */
function taskWeights(task: Task, path: string): Map<string, HostTensor> {
  const values = readWeights(path);
  for (const network of Object.values(task.networks)) {
    for (const [name, tensor] of [...parameters(network), ...buffers(network)]) {
      const value = values.get(name);
      if (value !== undefined && sameShape(value.shape, tensor.shape)) continue;
      throw new FoveaError(
        "checkpoint/model",
        `checkpoint ${path} belongs to another model: ${name} is ${value === undefined ? "missing" : `[${value.shape.join(", ")}], expected [${tensor.shape.join(", ")}]`}`,
      );
    }
  }
  return values;
}
