import { memoryReport, type MemoryReport } from "../runtime/memory-report.ts";
import { duration } from "../train/progress.ts";
import { buildStepProgram } from "../train/step-program.ts";
import type { BaseRecipe, Method } from "../train/task.ts";
import { measureGemmRate } from "./doctor/gemm-rate.ts";

export interface TrainingEstimate {
  readonly parameters: number;
  readonly steps: number;
  readonly batchSize: number;
  /** Floating-point operations of the matrix products of one step. */
  readonly flopsPerStep: number;
  readonly memory: MemoryReport;
  readonly secondsPerStep: number;
  readonly seconds: number;
}

/** A step takes about this many times its own matrix products run alone (docs/design/engine: the bar). */
const stepOverProducts = 1.8;

/** Builds the step of `recipe` without running it, and measures the machine for half a second. */
export async function estimateTraining<R extends BaseRecipe>(
  method: Method<R>,
  recipe: R,
  log: (line: string) => void,
): Promise<TrainingEstimate> {
  const task = await method.task(recipe, { seed: recipe.seed, log });
  try {
    const step = buildStepProgram(task, recipe);
    const { gigaflops } = await measureGemmRate();
    const secondsPerStep = (stepOverProducts * step.flops) / (gigaflops * 1e9);
    return {
      parameters: step.parameterCount,
      steps: task.steps,
      batchSize: task.batchSize,
      flopsPerStep: step.flops,
      memory: memoryReport(step.program),
      secondsPerStep,
      seconds: secondsPerStep * task.steps,
    };
  } finally {
    await task.source.close();
  }
}

/** The estimate for people. */
export function estimateLines(estimate: TrainingEstimate): string[] {
  const { parameters, steps, batchSize, flopsPerStep, memory, secondsPerStep, seconds } = estimate;
  return [
    `parameters  ${parameters.toLocaleString("en-US")}`,
    `length      ${steps.toLocaleString("en-US")} steps of ${batchSize} images`,
    `work        ${(flopsPerStep / 1e9).toFixed(2)} GFLOP a step, ${((flopsPerStep * steps) / 1e12).toFixed(2)} TFLOP in all`,
    `memory      about ${mebibytes(memory.total)} MiB: ${mebibytes(memory.states + memory.secondBuffers)} weights and optimiser, ${mebibytes(memory.activations)} results of a step at most`,
    `time        about ${(1000 * secondsPerStep).toFixed(0)} ms a step, ${duration(seconds)} in all, on this machine's cpu`,
  ];
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
