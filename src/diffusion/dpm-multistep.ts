import type { SamplingRange } from "./dpm-solver.ts";
import { linearCombination } from "./linear-combination.ts";
import { lambdaOf } from "./noise-schedule.ts";
import { firstOrder, type SolverType } from "./single-step.ts";
import type { SolverProblem } from "./solver-model.ts";
import { type Spacing, timeGrid } from "./spacing.ts";
import { stepFactors } from "./step-factors.ts";

export interface MultistepOptions {
  /** 1, 2 (2M) or 3 (3M): predictions of so many past times enter a step. */
  readonly order: number;
  readonly spacing?: Spacing;
  readonly solverType?: SolverType;
  /** Below 10 steps, orders fall to 1 at the end. As in later releases of the solver; U-ViT's has none. */
  readonly lowerOrderFinal?: boolean;
}

/** A prediction of the past and its λ. */
interface Past {
  readonly m: Float64Array;
  readonly lambda: number;
}

/**
 * DPM-Solver(++) with several steps, "2M" and "3M": one evaluation a step, none after the last; orders 1, 2, … at the
 * start. Source: u-vit section 5.6; arXiv 2211.01095.
 */
export async function dpmMultistep(
  problem: SolverProblem,
  x: Float64Array,
  { from = problem.schedule.start, to, evaluations }: SamplingRange,
  { order, spacing = "time_uniform", solverType = "dpm_solver", lowerOrderFinal = false }: MultistepOptions,
): Promise<Float64Array> {
  const { schedule } = problem;
  const times = timeGrid(schedule, spacing, { from, to, steps: evaluations });
  let past: Past[] = [];
  for (let step = 1; step <= evaluations; step++) {
    const [s, t] = [times[step - 1], times[step]];
    past = [{ m: await problem.model(x, s), lambda: lambdaOf(schedule, s) }, ...past].slice(0, 3);
    const final = lowerOrderFinal && evaluations < 10 && step >= order ? evaluations + 1 - step : order;
    x = multistepUpdate(problem, { x, s, t }, past.slice(0, Math.min(order, final)), solverType);
  }
  return x;
}

/** One step by the predictions of `past`, newest first; their number is the order. */
function multistepUpdate(
  problem: SolverProblem,
  { x, s, t }: { readonly x: Float64Array; readonly s: number; readonly t: number },
  past: readonly Past[],
  solverType: SolverType,
): Float64Array {
  const factors = stepFactors(problem, s, t);
  const { h } = factors;
  const scale = factors.scale(t);
  const first = firstOrder(factors, { x, t, m0: past[0].m });
  if (past.length === 1) return first;
  /** The gap between two predictions, in steps, and their difference quotient. */
  const gap = (i: number): number => (past[i].lambda - past[i + 1].lambda) / h;
  const quotient = (i: number): Float64Array =>
    linearCombination([1 / gap(i), past[i].m], [-1 / gap(i), past[i + 1].m]);
  const d0 = quotient(0);
  if (past.length === 2) {
    const weight = solverType === "taylor" ? factors.second(1) : factors.growth(1) / 2;
    return linearCombination([1, first], [-scale * weight, d0]);
  }
  const [r0, r1] = [gap(0), gap(1)];
  const change = linearCombination([1, d0], [-1, quotient(1)]);
  const d1 = linearCombination([1, d0], [r0 / (r0 + r1), change]);
  return linearCombination(
    [1, first],
    [-scale * factors.second(1), d1],
    [(-scale * factors.third) / (r0 + r1), change],
  );
}
