import type { Tensor } from "../../graph/tensor.ts";
import { Module } from "../../nn/module.ts";
import { PointwiseConv, unpatchify } from "../../nn/patches.ts";
import type { MaskedEncoder } from "./masked-encoder.ts";

/** Masked encoder and the decoder that paints every token's patch: one 1 × 1 convolution, then a pixel shuffle (3.3). */
export class SimMim<E extends MaskedEncoder = MaskedEncoder> extends Module {
  readonly encoder: E;
  readonly decoder: readonly [PointwiseConv];

  /** @param channels of the images */
  constructor(encoder: E, channels = 3) {
    super();
    this.encoder = encoder;
    this.decoder = [new PointwiseConv(encoder.outputWidth, channels * encoder.stride ** 2)];
  }

  /** Predicted pixels in the target's scale: [B, 3, S, S] and masks [B, P, P] → [B, 3, S, S]. */
  forward(images: Tensor, masks: Tensor): Tensor {
    return unpatchify(this.decoder[0].forward(this.encoder.forward(images, masks)), this.encoder.stride);
  }
}
