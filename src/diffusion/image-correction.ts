import { FoveaError } from "../errors/fovea-error.ts";
import { type Diffusion, imageOf, noiseOf } from "./noise-function.ts";

/** What becomes of x̂₀ before a sampler goes on with it; `batch` images stand in `image`. */
export type ImageCorrection = (image: Float64Array, batch: number) => Float64Array;

/** The process whose every x̂₀ is corrected; ε̂ follows from it. Works with every sampler. */
export function withCorrection({ schedule, eps }: Diffusion, correct: ImageCorrection, batch: number): Diffusion {
  return {
    schedule,
    async eps(x, t) {
      const image = imageOf(schedule, { x, noise: await eps(x, t), t });
      return noiseOf(schedule, { x, image: correct(image, batch), t });
    },
  };
}

/** x̂₀ clamped to [−limit, limit]: for pixel models, whose error α(1) multiplies by up to 152. Source: u-vit section 9.1. */
export const clampImage =
  (limit = 1): ImageCorrection =>
  (image) =>
    image.map((value) => Math.min(limit, Math.max(-limit, value)));

/**
 * Dynamic thresholding: each image is clamped to ±s and divided by s/`maximum`, s the larger of 1 and the 99.5% quantile
 * of its |x̂₀| (linear between ranks). Not for latents. Source: u-vit section 5.6.
 */
export const dynamicThreshold =
  (maximum = 1): ImageCorrection =>
  (image, batch) => {
    const size = image.length / batch;
    if (!Number.isInteger(size))
      throw new FoveaError("diffusion/batch", `${image.length} values are no batch of ${batch} images`);
    const corrected = new Float64Array(image.length);
    for (let start = 0; start < image.length; start += size) {
      const own = image.subarray(start, start + size);
      const limit = Math.max(1, quantile(own.map(Math.abs), 0.995));
      corrected.set(
        own.map((value) => (Math.min(limit, Math.max(-limit, value)) * maximum) / limit),
        start,
      );
    }
    return corrected;
  };

function quantile(values: Float64Array, share: number): number {
  values.sort();
  const rank = share * (values.length - 1);
  const below = Math.floor(rank);
  const above = Math.min(below + 1, values.length - 1);
  return values[below] + (rank - below) * (values[above] - values[below]);
}
