import { dpmSolverSingleStep, type SamplingRange } from "./dpm-solver.ts";
import type { Diffusion } from "./noise-function.ts";
import { solverProblem } from "./solver-model.ts";

/**
 * DDIM without noise (arXiv 2010.02502, η = 0), over times uniform in t: order 1 of DPM-Solver of either prediction.
 * Source: u-vit section 11.
 */
export const ddim = (diffusion: Diffusion, x: Float64Array, range: SamplingRange): Promise<Float64Array> =>
  dpmSolverSingleStep(solverProblem(diffusion, "noise"), x, range, {
    order: 1,
    spacing: "time_uniform",
  });
