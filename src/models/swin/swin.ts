import type { Tensor } from "../../graph/tensor.ts";
import { truncatedNormal, zeros } from "../../nn/initialisers.ts";
import { Linear } from "../../nn/linear.ts";
import { SwinEncoder } from "./swin-encoder.ts";
import type { SwinOptions } from "./swin-options.ts";

/** A `SwinEncoder` with a classifier on the mean of its tokens. */
export class Swin extends SwinEncoder {
  readonly head: Linear | undefined;

  /** @throws FoveaError for sizes and options that do not fit each other */
  constructor(options: SwinOptions) {
    super(options);
    const { classes = 1000 } = options;
    const first = { weightInit: truncatedNormal(), biasInit: zeros };
    this.head = classes > 0 ? new Linear(this.outputWidth, classes, first) : undefined;
  }

  /** [B, 3, H, W] → logits [B, K]; without head the pooled features [B, 8C] */
  forward(image: Tensor): Tensor {
    return this.classify(this.features(image));
  }

  /** Logits of `features`: [B, N, 8C] → [B, K]; without head their mean [B, 8C] */
  classify(features: Tensor): Tensor {
    const pooled = this.pool(features);
    return this.head === undefined ? pooled : this.head.forward(pooled);
  }

  /** Mean over the tokens: [B, N, 8C] → [B, 8C] */
  pool(features: Tensor): Tensor {
    return features.mean(1);
  }
}
