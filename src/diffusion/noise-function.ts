import { alphaOf, type NoiseSchedule, sigmaOf } from "./noise-schedule.ts";

/** Numbers of a batch, image after image: [B, …] flattened. */
export type Values = Float32Array | Float64Array;

/** ε̂(x, t): the noise in x at the schedule's time t, of the same length. All that a sampler knows of a network. */
export type NoiseFunction = (x: Float64Array, t: number) => Promise<Values>;

/** A process that samplers run backwards. */
export interface Diffusion {
  readonly schedule: NoiseSchedule;
  readonly eps: NoiseFunction;
}

/** x̂₀ = (x − σ ε̂)/α */
export function imageOf(
  schedule: NoiseSchedule,
  { x, noise, t }: { readonly x: Float64Array; readonly noise: ArrayLike<number>; readonly t: number },
): Float64Array {
  const [alpha, sigma] = [alphaOf(schedule, t), sigmaOf(schedule, t)];
  return x.map((value, i) => (value - sigma * noise[i]) / alpha);
}

/** ε̂ = (x − α x̂₀)/σ */
export function noiseOf(
  schedule: NoiseSchedule,
  { x, image, t }: { readonly x: Float64Array; readonly image: ArrayLike<number>; readonly t: number },
): Float64Array {
  const [alpha, sigma] = [alphaOf(schedule, t), sigmaOf(schedule, t)];
  return x.map((value, i) => (value - alpha * image[i]) / sigma);
}

/** ε̂ of a network that predicts the image. Source: u-vit section 4.2. */
export const noiseFromImage =
  (schedule: NoiseSchedule, image: NoiseFunction): NoiseFunction =>
  async (x, t) =>
    noiseOf(schedule, { x, image: await image(x, t), t });

/**
 * Classifier-free guidance: ε_c + s (ε_c − ε_u); ε_c itself at s = 0. In the other convention w = 1 + s.
 * Source: u-vit section 5.1.
 */
export const guidedNoise = (conditional: Values, unconditional: Values, scale: number): Values =>
  scale === 0 ? conditional : Float64Array.from(conditional, (value, i) => value + scale * (value - unconditional[i]));

/** Guidance of two functions; at s = 0 the unconditional one is not asked. */
export function guided(conditional: NoiseFunction, unconditional: NoiseFunction, scale: number): NoiseFunction {
  if (scale === 0) return conditional;
  return async (x, t) => guidedNoise(await conditional(x, t), await unconditional(x, t), scale);
}
