import { imageOf } from "./noise-function.ts";
import type { SolverProblem } from "./solver-model.ts";

/** x̂₀ at the end of a run, by one more evaluation. Source: u-vit section 5.6. */
export async function denoised(problem: SolverProblem, x: Float64Array, t: number): Promise<Float64Array> {
  const m = await problem.model(x, t);
  return problem.prediction === "data" ? m : imageOf(problem.schedule, { x, noise: m, t });
}

/**
 * What the released ++ solver returns for `denoise`: (x − σ m)/α, whatever m is. With data prediction m is x̂₀ already,
 * and the result is off by some percent; kept to reproduce it. Source: u-vit section 5.6.
 */
export async function denoisedAsReleased(problem: SolverProblem, x: Float64Array, t: number): Promise<Float64Array> {
  return imageOf(problem.schedule, { x, noise: await problem.model(x, t), t });
}
