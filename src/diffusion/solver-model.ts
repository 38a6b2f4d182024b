import type { Diffusion } from "./noise-function.ts";
import { imageOf } from "./noise-function.ts";
import type { NoiseSchedule } from "./noise-schedule.ts";

/** What a solver steps with: the noise ε̂ (DPM-Solver) or the image x̂₀ (DPM-Solver++). */
export type Prediction = "noise" | "data";

/** m(x, t), of either kind. */
export type SolverModel = (x: Float64Array, t: number) => Promise<Float64Array>;

/** A process as a DPM solver sees it. */
export interface SolverProblem {
  readonly schedule: NoiseSchedule;
  readonly prediction: Prediction;
  readonly model: SolverModel;
}

/** m = ε̂, or x̂₀ = (x − σ ε̂)/α. Source: u-vit section 5.4. */
export function solverProblem({ schedule, eps }: Diffusion, prediction: Prediction): SolverProblem {
  const model: SolverModel =
    prediction === "noise"
      ? async (x, t) => Float64Array.from(await eps(x, t))
      : async (x, t) => imageOf(schedule, { x, noise: await eps(x, t), t });
  return { schedule, prediction, model };
}
