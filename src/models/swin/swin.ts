import type { Tensor } from "../../graph/tensor.ts";
import { truncatedNormal, zeros } from "../../nn/initialisers.ts";
import { Linear } from "../../nn/linear.ts";
import type { DividedNetwork } from "../divided-network.ts";
import { SwinEncoder } from "./swin-encoder.ts";
import type { SwinOptions } from "./swin-options.ts";

/** A `SwinEncoder` with a classifier on the mean of its tokens. */
export class Swin extends SwinEncoder implements DividedNetwork {
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

  /** Embedded patches: [B, 3, H, W] → [B, N, C] */
  enter(image: Tensor): Tensor {
    return this.place(this.patch_embed.forward(image));
  }

  /** Norm and classifier: tokens of the last block [B, N, 8C] → [B, K] */
  leave(tokens: Tensor): Tensor {
    return this.classify(this.norm.forward(tokens));
  }

  get blockPaths(): string[] {
    return this.layers.flatMap(({ blocks }, stage) => blocks.map((_, i) => `layers.${stage}.blocks.${i}`));
  }

  /** A merging goes with the stage's last block, a bias that a stage shares with its first. */
  blockOf(name: string): number {
    const [, layer, part] = /^layers\.(\d+)\.(\w+)/.exec(name) ?? [];
    if (layer === undefined)
      return name.startsWith("norm.") || name.startsWith("head.") ? this.blockPaths.length - 1 : 0;
    const before = this.layers.slice(0, Number(layer)).reduce((sum, { blocks }) => sum + blocks.length, 0);
    return part === "downsample" ? before + this.layers[Number(layer)].blocks.length - 1 : before;
  }

  /** Mean over the tokens: [B, N, 8C] → [B, 8C] */
  pool(features: Tensor): Tensor {
    return features.mean(1);
  }
}
