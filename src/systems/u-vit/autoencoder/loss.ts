import { clamp } from "../../../graph/operators/extremes.ts";
import { split } from "../../../graph/operators/layout.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { type AutoencoderKl, latentOf } from "../../../models/autoencoder-kl/autoencoder-kl.ts";
import { l1Loss } from "../../../nn/losses/regression.ts";

/**
 * L = mean |x − x̂| + w · KL/n, KL = ½ Σ (μ² + σ² − 1 − log σ²) over the latents, n the numbers of the images: both as
 * sums over an image, over its size. Without perceptual and adversarial terms. Source: u-vit sections 3.8 and 9.2.
 */
export function autoencoderLoss(
  network: AutoencoderKl,
  { images, noise }: Readonly<Record<"images" | "noise", Tensor>>,
  klWeight: number,
): { loss: Tensor; reconstruction: Tensor; divergence: Tensor } {
  const moments = network.moments(images);
  const decoded = network.decode(latentOf(moments, noise, network.scale));
  const half = moments.shape[1] / 2;
  const [mean, raw] = split(moments, [half, half], 1);
  const logVariance = clamp(raw, { min: -30, max: 20 });
  const divergence = mean
    .mul(mean)
    .add(logVariance.exp())
    .sub(logVariance)
    .sub(1)
    .sum()
    .mul(0.5 / images.size);
  const reconstruction = l1Loss(decoded, images);
  return { loss: reconstruction.add(divergence.mul(klWeight)), reconstruction, divergence };
}
