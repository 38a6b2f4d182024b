import type { Tensor } from "../graph/tensor.ts";
import { scaled } from "../nn/initialisers.ts";
import { LayerNorm } from "../nn/layer-norm.ts";
import { Linear } from "../nn/linear.ts";
import type { DividedNetwork } from "./divided-network.ts";
import { from } from "./vit-block.ts";
import { VitEncoder, type EncodeOptions } from "./vit-encoder.ts";
import { checkVit, type VitOptions } from "./vit-options.ts";
import { deitStart } from "./vit-start.ts";

/** A `VitEncoder` with a classifier, or another linear map of a pooled feature. */
export class Vit extends VitEncoder implements DividedNetwork {
  readonly fc_norm: LayerNorm | undefined;
  readonly head: Linear | undefined;
  readonly poolsAll: boolean;

  /** @throws FoveaError for sizes and options that do not fit each other */
  constructor(options: VitOptions) {
    const { width, classes = 1000, pool = "class", start = deitStart, headScale = 1, eps = 1e-6 } = options;
    super({ ...options, norm: pool === "class" });
    checkVit(options, this.constructor.name);
    this.poolsAll = pool === "meanOfAll";
    this.fc_norm = pool === "class" ? undefined : new LayerNorm(width, { eps });
    this.head = classes > 0 ? new Linear(width, classes, from(scaled(start.matrix, headScale))) : undefined;
  }

  /** [B, C, H, W] → logits [B, K]; without head the pooled features [B, D] */
  forward(image: Tensor, options?: EncodeOptions): Tensor {
    return this.classify(this.features(image, options));
  }

  /** Logits of `features`: [B, 1 + N, D] → [B, K]. */
  classify(features: Tensor): Tensor {
    const pooled = this.pool(features);
    return this.head === undefined ? pooled : this.head.forward(pooled);
  }

  /** What the head reads of `features`: [B, 1 + N, D] → [B, D]. */
  pool(features: Tensor): Tensor {
    if (this.fc_norm === undefined) return features.slice(1, 0, 1).reshape([features.shape[0], this.width]);
    return this.fc_norm.forward((this.poolsAll ? features : this.patchTokens(features)).mean(1));
  }

  /** Tokens with positions: [B, C, H, W] → [B, 1 + N, D] */
  enter(image: Tensor): Tensor {
    return this.embed(this.patches(image));
  }

  /** Norm and classifier: tokens of the last block [B, 1 + N, D] → [B, K] */
  leave(tokens: Tensor): Tensor {
    return this.classify(this.normalise(tokens));
  }

  get blockPaths(): string[] {
    return this.blocks.map((_, i) => `blocks.${i}`);
  }

  blockOf(name: string): number {
    return vitLayerOf(name, this.blocks.length) === 0 ? 0 : this.blocks.length - 1;
  }

  /** The head on every patch, as EVA's code gives it with `return_patch_tokens`: [B, C, H, W] → [B, N, K]. */
  patchLogits(image: Tensor): Tensor {
    const tokens = this.patchTokens(this.features(image));
    const normalised = this.fc_norm === undefined ? tokens : this.fc_norm.forward(tokens);
    return this.head === undefined ? normalised : this.head.forward(normalised);
  }
}

/**
 * Layer number of a parameter for layer-wise learning-rate decay: tokens, positions and patch embedding 0, block i
 * i + 1, everything behind the blocks and a shared table of relative biases depth + 1. Prefixes (`encoder.`) do not
 * matter. Source: BEiT's get_num_layer_for_vit.
 */
export function vitLayerOf(name: string, depth: number): number {
  if (/(^|\.)(cls_token|mask_token|pos_embed|patch_embed)(\.|$)/.test(name)) return 0;
  const block = /(?:^|\.)blocks\.(\d+)\./.exec(name);
  return block === null ? depth + 1 : Number(block[1]) + 1;
}
