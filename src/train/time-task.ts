import { compile } from "../runtime/compile.ts";
import { resolveDevice, type DeviceOptions } from "../runtime/device.ts";
import { ResidentState } from "../runtime/resident-state.ts";
import { Evaluator } from "./evaluator.ts";
import { withoutInit } from "./initial-weights.ts";
import { buildStepProgram } from "./step-program.ts";
import type { BaseRecipe, Method } from "./task.ts";

/** What a training costs on this machine, measured on a few steps of it. */
export interface TaskTiming {
  readonly parameters: number;
  /** Operations of one step's matrix products. */
  readonly flopsPerStep: number;
  readonly secondsPerStep: number;
  /** Seconds to open the data, and to build and compile the step. */
  readonly startSeconds: number;
  /** Seconds of one evaluation, by its name. */
  readonly evaluations: ReadonlyMap<string, number>;
}

/** Steps are timed until so much time went by, two at least. */
const timedSeconds = 0.6;
const mostSteps = 20;

/** Trains a few steps of `recipe` from its random start, runs each evaluation once, and keeps nothing. */
export async function timeTask<R extends BaseRecipe>(
  method: Method<R>,
  recipe: R,
  device: DeviceOptions = {},
): Promise<TaskTiming> {
  const started = performance.now();
  const task = await method.task(withoutInit(recipe), { seed: recipe.seed, log: () => {} });
  const built = buildStepProgram(task, recipe);
  const state = new ResidentState(resolveDevice(device), built.initial);
  const executable = await compile(built.program, { state });
  const evaluator = new Evaluator(task, state, built);
  try {
    const startSeconds = since(started);
    await task.source.start(0);
    const step = async (index: number): Promise<void> => {
      await executable.run({ ...(await task.source.next(index)), ...built.feeds(index) });
    };
    await step(0); // allocates, and waits for the first batch
    const begun = performance.now();
    let steps = 0;
    while (steps < 2 || (since(begun) < timedSeconds && steps < mostSteps)) await step(++steps);
    const secondsPerStep = since(begun) / steps;
    const evaluations = new Map<string, number>();
    for (const evaluation of task.evaluations) {
      const start = performance.now();
      await evaluator.run(steps, [evaluation]);
      evaluations.set(evaluation.name, since(start));
    }
    const { parameterCount, flops } = built;
    return { parameters: parameterCount, flopsPerStep: flops, secondsPerStep, startSeconds, evaluations };
  } finally {
    await evaluator.dispose();
    await executable.dispose();
    await state.dispose();
    await task.source.close();
  }
}

const since = (start: number): number => (performance.now() - start) / 1000;
