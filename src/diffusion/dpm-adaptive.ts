import { FoveaError } from "../errors/fovea-error.ts";
import { lambdaOf } from "./noise-schedule.ts";
import { firstOrder, secondOrder, singleStep, type SolverType } from "./single-step.ts";
import type { SolverProblem } from "./solver-model.ts";
import { stepFactors } from "./step-factors.ts";

export interface AdaptiveOptions {
  readonly from?: number | undefined;
  readonly to: number;
  /** 2 or 3: evaluations of an attempt. */
  readonly order: number;
  /** Tolerances of a step's error. */
  readonly absolute?: number;
  readonly relative?: number;
  readonly solverType?: SolverType;
  /** Images in x: the worst counts. */
  readonly batch?: number;
}

/** First step in λ, safety of the next, and how near to the end is there. */
const [firstStep, safety, arrived] = [0.05, 0.9, 1e-5];

/**
 * Steps as large as the difference of a lower and a higher order allows. An attempt that fails costs its evaluations.
 * Source: u-vit section 5.6; arXiv 2206.00927, appendix C.
 */
export async function dpmAdaptive(
  problem: SolverProblem,
  x: Float64Array,
  options: AdaptiveOptions,
): Promise<Float64Array> {
  const { schedule } = problem;
  const { from = schedule.start, to, order, absolute = 0.0078, relative = 0.05, batch = 1 } = options;
  if (order !== 2 && order !== 3)
    throw new FoveaError("diffusion/order", `an adaptive solver of order ${order}; orders are 2 and 3`, {
      exitCode: 2,
    });
  const end = lambdaOf(schedule, to);
  let s = from;
  let lambda = lambdaOf(schedule, s);
  let h = firstStep;
  let previous = x;
  while (Math.abs(s - to) > arrived) {
    const t = schedule.timeOf(lambda + h);
    const { lower, higher } = await pair(problem, { x, s, t }, options);
    const error = worstError({ lower, higher, previous }, { absolute, relative, batch });
    if (error <= 1) {
      [x, previous, s] = [higher, lower, t];
      lambda = lambdaOf(schedule, s);
    }
    if (!Number.isFinite(error)) throw new FoveaError("diffusion/diverged", `the adaptive solver diverged at t = ${s}`);
    h = Math.min(safety * h * error ** (-1 / order), end - lambda);
  }
  return x;
}

/** A step by orders k − 1 and k, from the same evaluations. */
async function pair(
  problem: SolverProblem,
  step: { readonly x: Float64Array; readonly s: number; readonly t: number },
  { order, solverType = "dpm_solver" }: AdaptiveOptions,
): Promise<{ readonly lower: Float64Array; readonly higher: Float64Array }> {
  const r1 = order === 2 ? 1 / 2 : 1 / 3;
  const { x: higher, evaluations } = await singleStep(problem, step, { order, r1, r2: 2 / 3, solverType });
  const factors = stepFactors(problem, step.s, step.t);
  const { m0, m1 } = evaluations;
  const lower =
    order === 2 || m1 === undefined
      ? firstOrder(factors, { ...step, m0 })
      : secondOrder(factors, { ...step, m0, m1, r1, solverType });
  return { lower, higher };
}

/** Largest over images of the root mean square of (higher − lower)/max(absolute, relative · max(|lower|, |previous|)). */
function worstError(
  { lower, higher, previous }: Readonly<Record<"lower" | "higher" | "previous", Float64Array>>,
  { absolute, relative, batch }: { readonly absolute: number; readonly relative: number; readonly batch: number },
): number {
  const size = lower.length / batch;
  let worst = 0;
  for (let start = 0; start < lower.length; start += size) {
    let sum = 0;
    for (let i = start; i < start + size; i++) {
      const tolerance = Math.max(absolute, relative * Math.max(Math.abs(lower[i]), Math.abs(previous[i])));
      sum += ((higher[i] - lower[i]) / tolerance) ** 2;
    }
    worst = Math.max(worst, Math.sqrt(sum / size));
  }
  return worst;
}
