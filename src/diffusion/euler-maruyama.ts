import type { Diffusion } from "./noise-function.ts";
import { sigmaOf } from "./noise-schedule.ts";
import { uniform } from "./spacing.ts";

export interface EulerMaruyamaOptions {
  /** N: steps, and evaluations. */
  readonly evaluations: number;
  /** The last time but 0. Default 1e-3. */
  readonly to?: number | undefined;
  readonly from?: number | undefined;
  /** The noise of step i (from 0) of the reverse SDE; without it the probability-flow ODE is followed. */
  readonly noise?: (step: number) => ArrayLike<number>;
}

/**
 * Euler-Maruyama on the reverse SDE over the times [0, N from `to` to `from`]: x ← x + drift (s − t) + √(β(t)(t − s)) n,
 * drift = −½ β x + β k ε̂/σ, k = 1 (SDE) or ½ (ODE). No noise in the last step, which goes to 0.
 * Source: u-vit section 5.3.
 */
export async function eulerMaruyama(
  { schedule, eps }: Diffusion,
  x: Float64Array,
  { evaluations, to = 1e-3, from = schedule.start, noise }: EulerMaruyamaOptions,
): Promise<Float64Array> {
  const times = [...(evaluations > 1 ? uniform(from, to, evaluations - 1) : [from]), 0];
  for (let step = 0; step < evaluations; step++) {
    const [t, s] = [times[step], times[step + 1]];
    const [beta, sigma] = [schedule.beta(t), sigmaOf(schedule, t)];
    const predicted = await eps(x, t);
    const share = noise === undefined ? 0.5 : 1;
    const drawn = noise !== undefined && step < evaluations - 1 ? noise(step) : undefined;
    const deviation = Math.sqrt(beta * (t - s));
    x = x.map((value, i) => {
      const drift = -0.5 * beta * value + (beta * share * predicted[i]) / sigma;
      return value + drift * (s - t) + (drawn === undefined ? 0 : deviation * drawn[i]);
    });
  }
  return x;
}
