import { fastOrders } from "./fast-orders.ts";
import { lambdaOf } from "./noise-schedule.ts";
import { singleStep, type SolverType } from "./single-step.ts";
import type { SolverProblem } from "./solver-model.ts";
import { type Spacing, timeGrid } from "./spacing.ts";

/** Where a sampler goes, and with how many evaluations of the network. */
export interface SamplingRange {
  /** Default: the schedule's start. */
  readonly from?: number | undefined;
  readonly to: number;
  readonly evaluations: number;
}

/**
 * DPM-Solver-fast: steps of orders 3, …, 3, then what remains, over times uniform in λ. The released sampler of the
 * continuous models, from 1 to 1e-4. Source: u-vit section 5.5.
 */
export async function dpmSolverFast(
  problem: SolverProblem,
  x: Float64Array,
  { from = problem.schedule.start, to, evaluations }: SamplingRange,
  { order = 3, solverType, spacing = "logSNR" }: { order?: number; solverType?: SolverType; spacing?: Spacing } = {},
): Promise<Float64Array> {
  const orders = fastOrders(evaluations, order);
  const times = timeGrid(problem.schedule, spacing, { from, to, steps: orders.length });
  for (const [i, own] of orders.entries()) {
    const step = { x, s: times[i], t: times[i + 1] };
    ({ x } = await singleStep(problem, step, { order: own, ...(solverType && { solverType }) }));
  }
  return x;
}

/**
 * DPM-Solver++ fast: a step of order k jumps over k of `evaluations` times uniform in t, and evaluates on them. The
 * released sampler of the discrete models, from 1 to 1e-3. Source: u-vit section 5.5.
 */
export async function dpmSolverPlusFast(
  problem: SolverProblem,
  x: Float64Array,
  { from = problem.schedule.start, to, evaluations }: SamplingRange,
  {
    order = 3,
    solverType,
    spacing = "time_uniform",
  }: { order?: number; solverType?: SolverType; spacing?: Spacing } = {},
): Promise<Float64Array> {
  const { schedule } = problem;
  const times = timeGrid(schedule, spacing, { from, to, steps: evaluations });
  let at = 0;
  for (const own of fastOrders(evaluations, order)) {
    const [s, t] = [times[at], times[at + own]];
    const fraction = (time: number): number =>
      (lambdaOf(schedule, time) - lambdaOf(schedule, s)) / (lambdaOf(schedule, t) - lambdaOf(schedule, s));
    const r1 = own > 1 ? fraction(times[at + 1]) : undefined;
    const r2 = own > 2 ? fraction(times[at + 2]) : undefined;
    ({ x } = await singleStep(problem, { x, s, t }, { order: own, r1, r2, ...(solverType && { solverType }) }));
    at += own;
  }
  return x;
}

/**
 * Steps of one order over times of a spacing: ⌊evaluations/order⌋ of them, the remainder is dropped.
 * Source: u-vit section 5.6.
 */
export async function dpmSolverSingleStep(
  problem: SolverProblem,
  x: Float64Array,
  { from = problem.schedule.start, to, evaluations }: SamplingRange,
  { order, spacing, solverType }: { order: number; spacing: Spacing; solverType?: SolverType },
): Promise<Float64Array> {
  const steps = Math.max(1, Math.floor(evaluations / order));
  const times = timeGrid(problem.schedule, spacing, { from, to, steps });
  for (let i = 0; i < steps; i++) {
    const step = { x, s: times[i], t: times[i + 1] };
    ({ x } = await singleStep(problem, step, { order, ...(solverType && { solverType }) }));
  }
  return x;
}
