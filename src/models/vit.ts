import { FoveaError } from "../errors/fovea-error.ts";
import { concat } from "../graph/operators/layout.ts";
import { show, type Tensor } from "../graph/tensor.ts";
import type { QkvBias } from "../nn/attention.ts";
import { Block } from "../nn/block.ts";
import { scaled, truncatedNormal, zeros, type Initialiser } from "../nn/initialisers.ts";
import { LayerNorm } from "../nn/layer-norm.ts";
import { Linear, type LinearOptions } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { Parameter } from "../nn/parameter.ts";
import { PatchEmbed } from "../nn/patches.ts";
import { sincosPositions } from "./sincos-positions.ts";
import type { VitSize } from "./vit-sizes.ts";

export interface VitOptions extends VitSize {
  /** Side of the square image in pixels. */
  readonly imageSize?: number;
  readonly patchSize?: number;
  readonly channels?: number;
  /** K; 0: no head. */
  readonly classes?: number;
  /** What the head reads: the class token after `norm`, or `fc_norm` of the patch tokens' mean (then no `norm`). */
  readonly pool?: "class" | "mean";
  readonly classToken?: boolean;
  readonly positions?: "learned" | "sincos" | "none";
  readonly qkvBias?: QkvBias;
  readonly mlpRatio?: number;
  /** Rate of the last block; it rises linearly from 0 at the first. */
  readonly dropPath?: number;
  /** First value of gamma_1 and gamma_2; undefined: none. */
  readonly layerScale?: number | undefined;
  /** Factor on the head's first weight; 0.001 in fine-tuning recipes. */
  readonly headScale?: number;
}

/**
 * Vision transformer, in names and numbers timm's and DeiT's. B images of N = (imageSize/patchSize)² patches.
 * Matrices, class token and learned positions start as truncated normal 0.02, the patch embedding as PyTorch's Conv2d.
 * Source: arXiv 2010.11929, 2012.12877 (DeiT). With relative positions and masks: `Beit`.
 */
export class Vit extends Module {
  readonly cls_token: Parameter | undefined;
  readonly pos_embed: Parameter | undefined;
  readonly patch_embed: PatchEmbed;
  readonly blocks: readonly Block[];
  readonly norm: LayerNorm | undefined;
  readonly fc_norm: LayerNorm | undefined;
  readonly head: Linear | undefined;
  /** Patches along a side. */
  readonly side: number;
  readonly width: number;

  /** @throws FoveaError for sizes that do not fit each other */
  constructor(options: VitOptions) {
    super();
    const { width, imageSize = 224, patchSize = 16, channels = 3, classes = 1000 } = options;
    const { pool = "class", classToken = true, positions = "learned", headScale = 1 } = options;
    checkSizes(imageSize, patchSize, pool, classToken);
    const side = imageSize / patchSize;
    const prefix = classToken ? 1 : 0;
    this.side = side;
    this.width = width;
    this.cls_token = classToken ? new Parameter([1, 1, width], truncatedNormal()) : undefined;
    this.pos_embed = positionsOf(positions, [1, prefix + side ** 2, width], sincosPositions(side, prefix));
    this.patch_embed = new PatchEmbed(channels, width, patchSize);
    this.blocks = Array.from({ length: options.depth }, (_, i) => blockOf(options, i));
    this.norm = pool === "class" ? new LayerNorm(width, { eps: 1e-6 }) : undefined;
    this.fc_norm = pool === "mean" ? new LayerNorm(width, { eps: 1e-6 }) : undefined;
    this.head = classes > 0 ? new Linear(width, classes, small(headScale)) : undefined;
  }

  /** [B, C, H, W] → logits [B, K]; without head the pooled features [B, D] */
  forward(image: Tensor): Tensor {
    const pooled = this.pool(this.features(image));
    return this.head === undefined ? pooled : this.head.forward(pooled);
  }

  /** Tokens after the last block and, with pooling `class`, `norm`: [B, C, H, W] → [B, 1 + N, D], class token first. */
  features(image: Tensor): Tensor {
    return this.encode(this.patch_embed.forward(image));
  }

  /** `features` of patch tokens, which a method may have masked before: [B, N, D] → [B, 1 + N, D]. */
  encode(patches: Tensor): Tensor {
    if (patches.rank !== 3 || patches.shape[1] !== this.side ** 2 || patches.shape[2] !== this.width) {
      throw new FoveaError(
        "models/image-size",
        `Vit: patch tokens ${show(patches)} are not [B, ${this.side}·${this.side}, ${this.width}]`,
        { hint: `the model is made for images of ${this.side} patches along a side` },
      );
    }
    let x = patches;
    if (this.cls_token !== undefined) x = concat([this.cls_token.expand([x.shape[0], 1, this.width]), x], 1);
    if (this.pos_embed !== undefined) x = x.add(this.pos_embed);
    for (const block of this.blocks) x = block.forward(x);
    return this.norm === undefined ? x : this.norm.forward(x);
  }

  /** The patch tokens of `features`: [B, 1 + N, D] → [B, N, D]. */
  patchTokens(features: Tensor): Tensor {
    return this.cls_token === undefined ? features : features.slice(1, 1);
  }

  /** What the head reads of `features`: [B, 1 + N, D] → [B, D]. */
  pool(features: Tensor): Tensor {
    if (this.fc_norm !== undefined) return this.fc_norm.forward(this.patchTokens(features).mean(1));
    return features.slice(1, 0, 1).reshape([features.shape[0], this.width]);
  }
}

function checkSizes(imageSize: number, patchSize: number, pool: string, classToken: boolean): void {
  if (imageSize % patchSize !== 0) {
    throw new FoveaError("models/patch-size", `Vit: imageSize ${imageSize} is no multiple of patchSize ${patchSize}`, {
      exitCode: 2,
    });
  }
  if (pool === "class" && !classToken)
    throw new FoveaError("models/pool", "Vit: pool is class, but classToken is false", {
      hint: "pool: mean works without a class token",
      exitCode: 2,
    });
}

/** Weight truncated normal 0.02 (bounds ±2), bias 0: timm's and DeiT's matrices. */
const small = (factor = 1): LinearOptions => ({ weightInit: scaled(truncatedNormal(), factor), biasInit: zeros });

function positionsOf(
  kind: "learned" | "sincos" | "none",
  shape: readonly number[],
  fixed: Initialiser,
): Parameter | undefined {
  if (kind === "none") return undefined;
  return kind === "sincos"
    ? new Parameter(shape, fixed, { trainable: false })
    : new Parameter(shape, truncatedNormal());
}

function blockOf(options: VitOptions, index: number): Block {
  const { width, depth, heads, dropPath = 0, mlpRatio = 4, layerScale, qkvBias = true } = options;
  return new Block(width, heads, {
    mlpRatio,
    dropPath: depth > 1 ? (dropPath * index) / (depth - 1) : 0,
    layerScale,
    attention: { qkvBias, qkv: small(), proj: small() },
    mlp: { first: small() },
  });
}

/**
 * Layer number of a parameter for layer-wise learning-rate decay: tokens, positions and patch embedding 0, block i
 * i + 1, everything behind the blocks depth + 1. Prefixes (`encoder.`) do not matter. Source: BEiT's
 * get_num_layer_for_vit.
 */
export function vitLayerOf(name: string, depth: number): number {
  if (/(^|\.)(cls_token|mask_token|pos_embed|patch_embed)(\.|$)/.test(name)) return 0;
  const block = /(?:^|\.)blocks\.(\d+)\./.exec(name);
  return block === null ? depth + 1 : Number(block[1]) + 1;
}
