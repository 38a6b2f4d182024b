import type { Tensor } from "../graph/tensor.ts";

/** x_t = α x₀ + σ ε for each image: x₀ and ε [B, …], α and σ [B]. Source: u-vit section 2. */
export function noised(x0: Tensor, noise: Tensor, alpha: Tensor, sigma: Tensor): Tensor {
  const each = (t: Tensor): Tensor => t.reshape([x0.shape[0], ...Array<number>(x0.rank - 1).fill(1)]);
  return x0.mul(each(alpha)).add(noise.mul(each(sigma)));
}

/** Mean of (ε − ε̂)² over each image, [B]; its mean is the loss. Source: u-vit section 4.1. */
export function noiseErrors(predicted: Tensor, noise: Tensor): Tensor {
  const difference = predicted.sub(noise);
  return difference
    .mul(difference)
    .reshape([noise.shape[0], noise.size / noise.shape[0]])
    .mean(1);
}
