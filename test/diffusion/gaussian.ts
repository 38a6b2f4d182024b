import type { Diffusion } from "../../src/diffusion/noise-function.ts";
import { alphaOf, type NoiseSchedule, sigmaOf } from "../../src/diffusion/noise-schedule.ts";

const [mean, variance] = [0.3, 0.25];

const marginal = (schedule: NoiseSchedule, t: number): { m: number; v: number } => {
  const [alpha, sigma] = [alphaOf(schedule, t), sigmaOf(schedule, t)];
  return { m: mean * alpha, v: variance * alpha ** 2 + sigma ** 2 };
};

/** Data N(0.3, 0.25), whose noise is known: ε = σ (x − 0.3 α)/(0.25 α² + σ²). Source: u-vit section 11. */
export function gaussianData(schedule: NoiseSchedule): Diffusion & { evaluated: number[] } {
  const evaluated: number[] = [];
  return {
    schedule,
    evaluated,
    eps(x, t) {
      evaluated.push(t);
      const { m, v } = marginal(schedule, t);
      return Promise.resolve(x.map((value) => (sigmaOf(schedule, t) * (value - m)) / v));
    },
  };
}

/** Where the probability-flow ODE takes x = 1 at `from` to. */
export function exactEnd(schedule: NoiseSchedule, from: number, to: number): number {
  const [start, end] = [marginal(schedule, from), marginal(schedule, to)];
  return end.m + (1 - start.m) * Math.sqrt(end.v / start.v);
}
