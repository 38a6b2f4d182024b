import { clamp } from "../../graph/operators/extremes.ts";
import { split } from "../../graph/operators/layout.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Module } from "../../nn/module.ts";
import { type CoderOptions, Decoder, Encoder } from "./coders.ts";

export interface AutoencoderKlOptions extends CoderOptions {
  /** Channels of the moments' halves, E; default the latent's. */
  readonly embedDim?: number;
  /** k: latents are multiplied by it, so that they have a variance of about 1. Default 0.18215. */
  readonly scale?: number;
}

/** Stable Diffusion's f8 autoencoder: 83,653,863 parameters, 256 pixels to 4 × 32 × 32. Source: u-vit section 3.8. */
export const stableDiffusionAutoencoder: AutoencoderKlOptions = {
  width: 128,
  widthFactors: [1, 2, 4, 4],
  blocks: 2,
  latentChannels: 4,
};

/**
 * The autoencoder of latent diffusion (arXiv 2112.10752): images to moments of a normal distribution over latents, and
 * latents to images. Names as in CompVis/latent-diffusion, so its files load. Source: u-vit section 3.8.
 */
export class AutoencoderKl extends Module {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly quant_conv: Conv2d;
  readonly post_quant_conv: Conv2d;
  readonly scale: number;

  constructor(options: AutoencoderKlOptions) {
    super();
    const { latentChannels, embedDim = latentChannels, scale = 0.18215 } = options;
    this.encoder = new Encoder(options);
    this.decoder = new Decoder(options);
    this.quant_conv = new Conv2d(2 * latentChannels, 2 * embedDim, 1);
    this.post_quant_conv = new Conv2d(embedDim, latentChannels, 1);
    this.scale = scale;
  }

  /** Image in [−1, 1], [B, C, H, W] → moments [B, 2E, H/f, W/f]: mean, then log variance. */
  moments(image: Tensor): Tensor {
    return this.quant_conv.forward(this.encoder.forward(image));
  }

  /** Latent [B, E, h, w], scaled by k → image [B, C, f·h, f·w], about in [−1, 1]. */
  decode(latent: Tensor): Tensor {
    return this.decoder.forward(this.post_quant_conv.forward(latent.mul(1 / this.scale)));
  }
}

/**
 * z = k (mean + exp(½ log variance) ⊙ n), the log variance clamped to [−30, 20].
 *
 * @param moments [B, 2E, h, w]
 * @param noise n, [B, E, h, w], normal
 */
export function latentOf(moments: Tensor, noise: Tensor, scale: number): Tensor {
  const half = moments.shape[1] / 2;
  const [mean, logVariance] = split(moments, [half, half], 1);
  const deviation = clamp(logVariance, { min: -30, max: 20 }).mul(0.5).exp();
  return mean.add(deviation.mul(noise)).mul(scale);
}
