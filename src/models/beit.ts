import { FoveaError } from "../errors/fovea-error.ts";
import { concat } from "../graph/operators/layout.ts";
import { show, type Tensor } from "../graph/tensor.ts";
import { Attention, type AttentionOptions } from "../nn/attention.ts";
import { Block } from "../nn/block.ts";
import { scaled, truncatedNormal, zeros, type Initialiser } from "../nn/initialisers.ts";
import { LayerNorm } from "../nn/layer-norm.ts";
import { Linear, type LinearOptions } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { Parameter } from "../nn/parameter.ts";
import { PatchEmbed } from "../nn/patches.ts";
import { BiasedAttention, localTable, RelativePositionBias } from "./relative-position-bias.ts";
import type { VitSize } from "./vit-sizes.ts";

export interface BeitOptions extends VitSize {
  /** Side of the square image in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** `shared`: one table of relative biases for all blocks (pre-training); `perBlock`: one in each (fine-tuning). */
  readonly relativePositions: "shared" | "perBlock";
  readonly mlpRatio?: number;
  /** Rate of the last block; it rises linearly from 0 at the first. */
  readonly dropPath?: number;
  /** First value of gamma_1 and gamma_2. Default 0.1. */
  readonly layerScale?: number;
  /** First values of the tables of biases: 0 as in SimMIM, or each head looking at a neighbour (`localTable`). */
  readonly positionStart?: "zero" | "local";
  /** Standard deviation of the first weights. Default 0.02, which is made for widths of about 768. */
  readonly weightStd?: number;
}

/**
 * The transformer of BEiT (arXiv 2106.08254) and of SimMIM's ViT (data-scaling section 3.7) without what stands behind
 * its blocks: class token, no absolute positions but biases of attention by distance, biases for q and v, scaled
 * branches. Attributes are named as in the official code, so that its checkpoints load. N = (imageSize/patchSize)².
 */
export class Beit extends Module {
  readonly cls_token: Parameter;
  readonly patch_embed: PatchEmbed;
  readonly rel_pos_bias: RelativePositionBias | undefined;
  readonly blocks: readonly Block[];
  /** Patches along a side. */
  readonly side: number;
  readonly width: number;

  /** @throws FoveaError when the patches do not fill the image */
  constructor(options: BeitOptions) {
    super();
    const { width, depth, heads, imageSize, patchSize, weightStd } = options;
    if (imageSize % patchSize !== 0) {
      const text = `Beit: imageSize ${imageSize} is no multiple of patchSize ${patchSize}`;
      throw new FoveaError("models/patch-size", text, { exitCode: 2 });
    }
    this.side = imageSize / patchSize;
    this.width = width;
    this.cls_token = new Parameter([1, 1, width], truncatedNormal());
    this.patch_embed = new PatchEmbed(3, width, patchSize, small(weightStd));
    this.rel_pos_bias =
      options.relativePositions === "shared" ? new RelativePositionBias(this.side, heads, tableOf(options)) : undefined;
    this.blocks = Array.from({ length: depth }, (_, i) => blockOf(options, this.side, i));
  }

  /** Patch tokens, which a method may have masked before, behind the class token: [B, N, D] → [B, 1 + N, D]. */
  encode(patches: Tensor): Tensor {
    if (patches.rank !== 3 || patches.shape[1] !== this.side ** 2 || patches.shape[2] !== this.width) {
      throw new FoveaError(
        "models/image-size",
        `Beit: patch tokens ${show(patches)} are not [B, ${this.side}·${this.side}, ${this.width}]`,
        { hint: `the model is made for images of ${this.side} patches along a side` },
      );
    }
    const first = this.cls_token.expand([patches.shape[0], 1, this.width]);
    const bias = this.rel_pos_bias?.forward();
    return this.blocks.reduce((x, block) => block.forward(x, bias), concat([first, patches], 1));
  }
}

/** A `Beit` with a classifier: `fc_norm` of the patch tokens' mean, then a linear head that starts near 0. */
export class BeitClassifier extends Beit {
  readonly fc_norm: LayerNorm;
  readonly head: Linear;

  /** @param classes K */
  constructor(options: Omit<BeitOptions, "relativePositions">, classes: number) {
    super({ ...options, relativePositions: "perBlock" });
    this.fc_norm = new LayerNorm(options.width, { eps: 1e-6 });
    this.head = new Linear(options.width, classes, small(options.weightStd, 0.001));
  }

  /** [B, 3, S, S] → logits [B, K] */
  forward(images: Tensor): Tensor {
    const tokens = this.encode(this.patch_embed.forward(images)); // [B, 1 + N, D]
    return this.head.forward(this.fc_norm.forward(tokens.slice(1, 1).mean(1)));
  }
}

/** Weight truncated normal `std` times `factor`, bias 0. */
const small = (std = 0.02, factor = 1): LinearOptions => ({
  weightInit: scaled(truncatedNormal(std), factor),
  biasInit: zeros,
});

const tableOf = ({ positionStart }: BeitOptions): Initialiser => (positionStart === "local" ? localTable : zeros);

function blockOf(options: BeitOptions, side: number, index: number): Block {
  const { width, depth, heads, dropPath = 0, mlpRatio = 4, layerScale = 0.1, weightStd } = options;
  const first = small(weightStd);
  const last = small(weightStd, (2 * (index + 1)) ** -0.5); // what ends a branch starts smaller the deeper it stands
  const attention: AttentionOptions = { qkvBias: "queryAndValue", qkv: first, proj: last };
  const biased = options.relativePositions === "perBlock";
  return new Block(width, heads, {
    mlpRatio,
    dropPath: depth > 1 ? (dropPath * index) / (depth - 1) : 0,
    layerScale,
    attn: biased
      ? new BiasedAttention(width, heads, side, { ...attention, table: tableOf(options) })
      : new Attention(width, heads, attention),
    mlp: { first, second: last },
  });
}
