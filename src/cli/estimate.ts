import { dtypes, sizeOf } from "../graph/dtype.ts";
import type { Program } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
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
  /** States in both their buffers, and what a step holds at its fullest. */
  readonly memoryBytes: number;
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
      memoryBytes: 2 * sum([...step.program.states.values()].map(bytesOf)) + peakBytes(step.program),
      secondsPerStep,
      seconds: secondsPerStep * task.steps,
    };
  } finally {
    await task.source.close();
  }
}

/** The estimate for people. */
export function estimateLines(estimate: TrainingEstimate): string[] {
  const { parameters, steps, batchSize, flopsPerStep, memoryBytes, secondsPerStep, seconds } = estimate;
  return [
    `parameters  ${parameters.toLocaleString("en-US")}`,
    `length      ${steps.toLocaleString("en-US")} steps of ${batchSize} images`,
    `work        ${(flopsPerStep / 1e9).toFixed(2)} GFLOP a step, ${((flopsPerStep * steps) / 1e12).toFixed(2)} TFLOP in all`,
    `memory      about ${(memoryBytes / 2 ** 20).toFixed(0)} MiB for weights and one step`,
    `time        about ${(1000 * secondsPerStep).toFixed(0)} ms a step, ${duration(seconds)} in all, on this machine's cpu`,
  ];
}

/** Most bytes of intermediate results that are alive at once, when nodes run in order and results die after last use. */
function peakBytes(program: Program): number {
  const lastUse = new Map<Tensor, number>();
  program.nodes.forEach((node, at) => {
    for (const tensor of node.inputs) if (tensor !== undefined) lastUse.set(tensor, at);
  });
  const kept = new Set<Tensor>([...program.outputs.values(), ...program.updates.values()]);
  let alive = 0;
  let peak = 0;
  program.nodes.forEach((node, at) => {
    alive += sum(node.outputs.map(bytesOf));
    peak = Math.max(peak, alive);
    const spent = new Set([...node.inputs, ...node.outputs]);
    for (const tensor of spent) {
      if (tensor === undefined || tensor.producer.kind !== "node" || kept.has(tensor)) continue;
      if ((lastUse.get(tensor) ?? at) === at) alive -= bytesOf(tensor);
    }
  });
  return peak;
}

const bytesOf = ({ shape, dtype }: Tensor): number => sizeOf(shape) * dtypes[dtype].bytes;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
