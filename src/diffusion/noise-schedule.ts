/**
 * A noise schedule: x_t = α(t) x₀ + σ(t) ε, α² + σ² = 1, t from 0 (an image) to 1 (noise). On the host, in double
 * precision. Source: u-vit sections 4.2 and 5.4.
 */
export interface NoiseSchedule {
  readonly name: ScheduleName;
  /** log α(t) */
  logAlpha(t: number): number;
  /** β(t) = −2 d log α / dt: dx = −½ β x dt + √β dw. */
  beta(t: number): number;
  /** t of λ = log α − log σ, the inverse of `lambdaOf`. */
  timeOf(lambda: number): number;
  /** What the network is told for t. */
  networkTime(t: number): number;
  /** Where solvers start. */
  readonly start: number;
}

export type ScheduleName = "vp-sde" | "stable-diffusion" | "cosine";

export const alphaOf = (schedule: NoiseSchedule, t: number): number => Math.exp(schedule.logAlpha(t));

/** σ = √(1 − α²), exact where α is near 1. */
export const sigmaOf = (schedule: NoiseSchedule, t: number): number => Math.sqrt(-Math.expm1(2 * schedule.logAlpha(t)));

/** λ = log α − log σ, half the logarithm of the signal-to-noise ratio; ∞ at α = 1. */
export const lambdaOf = (schedule: NoiseSchedule, t: number): number =>
  schedule.logAlpha(t) - Math.log(sigmaOf(schedule, t));

/** log α of λ: −½ log(1 + e^(−2λ)). */
export function logAlphaOfLambda(lambda: number): number {
  // e^(-2λ) overflows where λ < −354: there log α = λ
  return lambda < -300 ? lambda : -0.5 * Math.log1p(Math.exp(-2 * lambda));
}
