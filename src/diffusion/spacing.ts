import { lambdaOf, type NoiseSchedule } from "./noise-schedule.ts";

/** How a solver's times lie: uniform in λ, in t or in √t. */
export type Spacing = "logSNR" | "time_uniform" | "time_quadratic";

/**
 * `steps` + 1 times from `from` down to `to`, both included.
 * Source: u-vit section 5.6 (the official `time_quadratic` reads a table; it differs by up to 1e-7).
 */
export function timeGrid(
  schedule: NoiseSchedule,
  spacing: Spacing,
  { from, to, steps }: { readonly from: number; readonly to: number; readonly steps: number },
): number[] {
  switch (spacing) {
    case "time_uniform":
      return uniform(from, to, steps);
    case "time_quadratic":
      return uniform(Math.sqrt(from), Math.sqrt(to), steps).map((root) => root ** 2);
    case "logSNR":
      return uniform(lambdaOf(schedule, from), lambdaOf(schedule, to), steps).map((lambda) => schedule.timeOf(lambda));
  }
}

/** `steps` + 1 numbers from `from` to `to`, both exact. */
export const uniform = (from: number, to: number, steps: number): number[] =>
  Array.from({ length: steps + 1 }, (_, i) => (i === steps ? to : from + (i / steps) * (to - from)));
