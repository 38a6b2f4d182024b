import { FoveaError } from "../errors/fovea-error.ts";
import { linearCombination } from "./linear-combination.ts";
import type { SolverProblem } from "./solver-model.ts";
import { stepFactors, type StepFactors } from "./step-factors.ts";

/** How the differences of a step's predictions enter: as in DPM-Solver, or by the terms of the Taylor expansion. */
export type SolverType = "dpm_solver" | "taylor";

export interface SingleStepOptions {
  /** 1, 2 or 3: evaluations of the network. */
  readonly order: number;
  /** Fractions of the step, in λ, at which orders 2 and 3 evaluate. Default 1/2 of order 2, 1/3 and 2/3 of order 3. */
  readonly r1?: number | undefined;
  readonly r2?: number | undefined;
  readonly solverType?: SolverType;
}

/** What a step has asked the network for: at s, and at the fractions r1 and r2. */
export interface StepEvaluations {
  readonly m0: Float64Array;
  readonly m1?: Float64Array;
  readonly m2?: Float64Array;
}

/**
 * One step of DPM-Solver-1, -2 or -3 (or of ++, by the problem's prediction) from s to t.
 * Source: u-vit section 5.4; arXiv 2206.00927 and 2211.01095.
 */
export async function singleStep(
  problem: SolverProblem,
  { x, s, t }: { readonly x: Float64Array; readonly s: number; readonly t: number },
  options: SingleStepOptions,
): Promise<{ readonly x: Float64Array; readonly evaluations: StepEvaluations }> {
  const { order, solverType = "dpm_solver" } = options;
  if (![1, 2, 3].includes(order))
    throw new FoveaError("diffusion/order", `a single step of order ${order}; orders are 1, 2 and 3`, { exitCode: 2 });
  const { r1 = order === 2 ? 1 / 2 : 1 / 3, r2 = 2 / 3 } = options;
  const { model } = problem;
  const factors = stepFactors(problem, s, t);
  const m0 = await model(x, s);
  if (order === 1) return { x: firstOrder(factors, { x, t, m0 }), evaluations: { m0 } };
  const s1 = factors.time(r1);
  const m1 = await model(firstOrder(factors, { x, t: s1, m0, r: r1 }), s1);
  if (order === 2) return { x: secondOrder(factors, { x, t, m0, m1, r1, solverType }), evaluations: { m0, m1 } };
  const s2 = factors.time(r2);
  const inner = (r2 / r1) * factors.scale(s2) * factors.second(r2);
  const m2 = await model(
    linearCombination(
      [1, firstOrder(factors, { x, t: s2, m0, r: r2 })],
      [-inner, linearCombination([1, m1], [-1, m0])],
    ),
    s2,
  );
  return { x: thirdOrder(factors, { x, t, m0, m1, m2, r1, r2, solverType }), evaluations: { m0, m1, m2 } };
}

interface Updating {
  readonly x: Float64Array;
  readonly t: number;
  readonly m0: Float64Array;
}

/** A x − S e(r) m₀ */
export const firstOrder = (factors: StepFactors, { x, t, m0, r = 1 }: Updating & { readonly r?: number }) =>
  linearCombination([factors.decay(t), x], [-factors.scale(t) * factors.growth(r), m0]);

/** Order 1 and the correction by m₁ − m₀; also the lower member of the adaptive pair of order 3. */
export function secondOrder(
  factors: StepFactors,
  options: Updating & { readonly m1: Float64Array; readonly r1: number; readonly solverType: SolverType },
): Float64Array {
  const { t, m0, m1, r1, solverType } = options;
  const weight = solverType === "taylor" ? factors.second(1) / r1 : factors.growth(1) / (2 * r1);
  return linearCombination(
    [1, firstOrder(factors, options)],
    [-factors.scale(t) * weight, linearCombination([1, m1], [-1, m0])],
  );
}

function thirdOrder(
  factors: StepFactors,
  options: Updating & {
    readonly m1: Float64Array;
    readonly m2: Float64Array;
    readonly r1: number;
    readonly r2: number;
    readonly solverType: SolverType;
  },
): Float64Array {
  const { t, m0, m1, m2, r1, r2, solverType } = options;
  const scale = factors.scale(t);
  const first = firstOrder(factors, options);
  const late = linearCombination([1 / r2, m2], [-1 / r2, m0]);
  if (solverType === "dpm_solver") return linearCombination([1, first], [-scale * factors.second(1), late]);
  const early = linearCombination([1 / r1, m1], [-1 / r1, m0]);
  return linearCombination(
    [1, first],
    [-scale * factors.second(1), linearCombination([r2 / (r2 - r1), early], [-r1 / (r2 - r1), late])],
    [-scale * factors.third, linearCombination([2 / (r2 - r1), late], [-2 / (r2 - r1), early])],
  );
}
