import { alphaOf, lambdaOf, sigmaOf } from "./noise-schedule.ts";
import type { SolverProblem } from "./solver-model.ts";

/**
 * What all updates of DPM-Solver (noise) and DPM-Solver++ (data) from s are made of. Signs are chosen such that both
 * read alike: x_u = A_u x − S_u e m − S_u φ₂ D₁ − S_u φ₃ D₂. Source: u-vit sections 5.4 and 5.6.
 */
export interface StepFactors {
  /** λ_t − λ_s */
  readonly h: number;
  /** The time at the fraction r of the step, in λ. */
  time(r: number): number;
  /** A_u, by time: α_u/α_s for noise, σ_u/σ_s for data. */
  decay(u: number): number;
  /** S_u, by time: σ_u for noise, α_u for data. */
  scale(u: number): number;
  /** e(r): e^(rh) − 1 for noise, e^(−rh) − 1 for data. */
  growth(r: number): number;
  /** φ₂(r): e(r)/(rh) − 1 for noise, −(e(r)/(rh) + 1) for data. */
  second(r: number): number;
  /** φ₃ at r = 1. */
  readonly third: number;
}

export function stepFactors({ schedule, prediction }: SolverProblem, s: number, t: number): StepFactors {
  const start = lambdaOf(schedule, s);
  const h = lambdaOf(schedule, t) - start;
  const sign = prediction === "noise" ? 1 : -1;
  const growth = (r: number): number => Math.expm1(sign * r * h);
  const second = (r: number): number => (sign * growth(r)) / (r * h) - 1;
  return {
    h,
    time: (r) => schedule.timeOf(start + r * h),
    decay: (u) =>
      prediction === "noise"
        ? Math.exp(schedule.logAlpha(u) - schedule.logAlpha(s))
        : sigmaOf(schedule, u) / sigmaOf(schedule, s),
    scale: (u) => (prediction === "noise" ? sigmaOf(schedule, u) : alphaOf(schedule, u)),
    growth,
    second,
    third: (sign * second(1)) / h - 0.5,
  };
}
