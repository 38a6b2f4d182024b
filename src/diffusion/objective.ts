import type { Tensor } from "../graph/tensor.ts";

/** x_t = α x₀ + σ ε for each image: x₀ and ε [B, …], α and σ [B]. Source: u-vit section 2. */
export function noised(x0: Tensor, noise: Tensor, alpha: Tensor, sigma: Tensor): Tensor {
  const each = (t: Tensor): Tensor => t.reshape([x0.shape[0], ...Array<number>(x0.rank - 1).fill(1)]);
  return x0.mul(each(alpha)).add(noise.mul(each(sigma)));
}

/**
 * Mean of (target − predicted)² over each image, [B], the target being ε or x₀; its mean is the loss.
 * Source: u-vit sections 4.1 and 4.2.
 */
export function squaredErrors(predicted: Tensor, target: Tensor): Tensor {
  const difference = predicted.sub(target);
  return difference
    .mul(difference)
    .reshape([target.shape[0], target.size / target.shape[0]])
    .mean(1);
}
