/**
 * A noise schedule: x_t = α(t) x₀ + σ(t) ε, α² + σ² = 1. On the host, in double precision.
 * Source: u-vit section 4.2.
 */
export interface NoiseSchedule {
  /** log α(t) */
  logAlpha(t: number): number;
  /** What the network is told for t. */
  networkTime(t: number): number;
}

export const alphaOf = (schedule: NoiseSchedule, t: number): number => Math.exp(schedule.logAlpha(t));
/** σ = √(1 − α²), exact where α is near 1. */
export const sigmaOf = (schedule: NoiseSchedule, t: number): number => Math.sqrt(-Math.expm1(2 * schedule.logAlpha(t)));

/** A: the continuous VP-SDE, t in [0, 1], β(t) = 0.1 + 19.9 t; the network is told 999 t. */
export const vpSde: NoiseSchedule = {
  logAlpha: (t) => -4.975 * t ** 2 - 0.05 * t,
  networkTime: (t) => 999 * t,
};

/** Steps of the discrete schedule. */
export const discreteSteps = 1000;

/**
 * B: Stable Diffusion's, t = 1 … 1000, β_n = (√0.00085 + (n − 1)/999 (√0.012 − √0.00085))², ᾱ_n = Π (1 − β); the network
 * is told n. For t that is no whole number see the samplers.
 */
export const stableDiffusion: NoiseSchedule = {
  logAlpha: (t) => discreteLogAlphas[t - 1],
  networkTime: (t) => t,
};

const discreteLogAlphas = ((): Float64Array => {
  const [first, last] = [Math.sqrt(0.00085), Math.sqrt(0.012)];
  let sum = 0;
  return Float64Array.from({ length: discreteSteps }, (_, i) => {
    const beta = (first + (i / (discreteSteps - 1)) * (last - first)) ** 2;
    sum += Math.log1p(-beta);
    return sum / 2;
  });
})();
