import type { Tensor } from "../../graph/tensor.ts";
import { beitAsVit, type BeitOptions } from "../../models/beit.ts";
import { VitEncoder } from "../../models/vit-encoder.ts";
import { truncatedNormal } from "../../nn/initialisers.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import { PointwiseConv, unpatchify } from "../../nn/patches.ts";

/**
 * SimMIM's ViT encoder: the mask token stands in for masked patches right after patch embedding; all tokens, masked or
 * not, go through the blocks. Source: data-scaling section 3.7 (`VisionTransformerForSimMIM`).
 */
export class MaskedEncoder extends VitEncoder {
  readonly mask_token: Parameter;

  constructor(options: Omit<BeitOptions, "relativePositions">) {
    super(beitAsVit({ ...options, relativePositions: "model" }));
    this.mask_token = new Parameter([1, 1, this.width], truncatedNormal(0.02, { low: -0.02, high: 0.02 }));
  }

  /**
   * Features of the patches, without the class token: [B, 3, S, S] → [B, P², D].
   * @param masks [B, P, P], 1 where a token is masked and 0 elsewhere
   */
  forward(images: Tensor, masks: Tensor): Tensor {
    const tokens = this.patch_embed.forward(images); // [B, P², D]
    const masked = masks.reshape([tokens.shape[0], tokens.shape[1], 1]);
    const seen = tokens.mul(masked.neg().add(1)).add(this.mask_token.mul(masked));
    return this.encode(seen).slice(1, 1);
  }
}

/** Masked encoder and the decoder that paints every token's patch: one 1 × 1 convolution, then a pixel shuffle (3.3). */
export class SimMim extends Module {
  readonly encoder: MaskedEncoder;
  readonly decoder: readonly [PointwiseConv];
  /** Pixels along a side of what a token paints. */
  readonly stride: number;

  constructor(options: Omit<BeitOptions, "relativePositions">) {
    super();
    this.encoder = new MaskedEncoder(options);
    this.decoder = [new PointwiseConv(options.width, 3 * options.patchSize ** 2)];
    this.stride = options.patchSize;
  }

  /** Predicted pixels in the target's scale: [B, 3, S, S] and masks [B, P, P] → [B, 3, S, S]. */
  forward(images: Tensor, masks: Tensor): Tensor {
    return unpatchify(this.decoder[0].forward(this.encoder.forward(images, masks)), this.stride);
  }
}
