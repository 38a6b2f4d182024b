import { FoveaError } from "../errors/fovea-error.ts";
import { concat } from "../graph/operators/layout.ts";
import { show, type Tensor } from "../graph/tensor.ts";
import type { AttentionContext } from "../nn/attention.ts";
import type { Block } from "../nn/block.ts";
import { LayerNorm } from "../nn/layer-norm.ts";
import { Module } from "../nn/module.ts";
import { Parameter } from "../nn/parameter.ts";
import { ClipPatchEmbed, PatchEmbed } from "../nn/patches.ts";
import { selectTokens } from "../nn/select-tokens.ts";
import { DecoupledPositionBias } from "./decoupled-position-bias.ts";
import { RelativePositionBias } from "./relative-position-bias.ts";
import { RotaryPositions } from "./rotary-positions.ts";
import { sincosPositions } from "./sincos-positions.ts";
import { vitBlock } from "./vit-block.ts";
import { checkVitEncoder, type VitEncoderOptions } from "./vit-options.ts";
import { deitStart } from "./vit-start.ts";

export interface EncodeOptions {
  /** The patches that go on, int64 [B, K], for each sample in its own order; default all. */
  readonly kept?: Tensor | undefined;
}

/**
 * Vision transformer without what reads its tokens, in names and numbers timm's and DeiT's; with its options also
 * BEiT's, EVA's and the students and teachers of Feature Distillation. B images of N = (imageSize/patchSize)² patches.
 * Sources: arXiv 2010.11929, 2012.12877 (DeiT), 2106.08254 (BEiT), 2211.07636 (EVA); eva section 3.
 */
export class VitEncoder extends Module {
  readonly cls_token: Parameter | undefined;
  readonly pos_embed: Parameter | undefined;
  readonly patch_embed: PatchEmbed | ClipPatchEmbed;
  readonly rel_pos_bias: RelativePositionBias | DecoupledPositionBias | undefined;
  readonly rope: RotaryPositions | undefined;
  readonly blocks: readonly Block[];
  readonly norm: LayerNorm | undefined;
  /** Patches along a side. */
  readonly side: number;
  /** N; of a clip all frames' patches. */
  readonly patchCount: number;
  readonly width: number;
  readonly patchGradient: number;

  /** @throws FoveaError for sizes and options that do not fit each other */
  constructor(options: VitEncoderOptions) {
    super();
    const { width, heads, imageSize = 224, patchSize = 16, channels = 3, frames } = options;
    const { classToken = true, start = deitStart, eps = 1e-6, norm = true, rotary } = options;
    checkVitEncoder(options, this.constructor.name);
    const side = imageSize / patchSize;
    this.side = side;
    this.patchCount = side ** 2 * (frames ?? 1);
    this.width = width;
    this.patchGradient = options.patchGradient ?? 1;
    this.cls_token = classToken ? new Parameter([1, 1, width], start.token) : undefined;
    this.pos_embed = positionsOf(options, side);
    const Embed = frames === undefined ? PatchEmbed : ClipPatchEmbed;
    this.patch_embed = new Embed(channels, width, patchSize, start.patch);
    this.rel_pos_bias = sharedBias(options, side);
    this.rope = rotary && new RotaryPositions(side, options.headDim ?? width / heads, rotary.trainedSide);
    this.blocks = Array.from({ length: options.depth }, (_, i) => vitBlock(options, side, i));
    this.norm = norm ? new LayerNorm(width, { eps }) : undefined;
  }

  /** Tokens after the last block and, where there is one, `norm`: [B, C, H, W] → [B, 1 + N, D], class token first. */
  features(image: Tensor, options?: EncodeOptions): Tensor {
    return this.encode(this.patches(image), options);
  }

  /** Patch tokens without positions: [B, C, H, W] → [B, N, D]. */
  patches(image: Tensor): Tensor {
    const x = this.patch_embed.forward(image);
    if (this.patchGradient === 1) return x;
    const held = x.stopGradient();
    return this.patchGradient === 0 ? held : held.mul(1 - this.patchGradient).add(x.mul(this.patchGradient));
  }

  /** `features` of patch tokens, which a method may have masked before: [B, N, D] → [B, 1 + N, D]. */
  encode(patches: Tensor, { kept }: EncodeOptions = {}): Tensor {
    const tokens = this.keep(this.embed(patches), kept);
    return this.normalise(this.runBlocks(tokens, { kept }));
  }

  /** Class token and positions: [B, N, D] → [B, 1 + N, D]. */
  embed(patches: Tensor): Tensor {
    if (patches.rank !== 3 || patches.shape[1] !== this.patchCount || patches.shape[2] !== this.width) {
      throw new FoveaError(
        "models/image-size",
        `${this.constructor.name}: patch tokens ${show(patches)} are not [B, ${this.patchCount}, ${this.width}]`,
        { hint: `the model is made for ${this.patchCount} patches, ${this.side} along a side of an image or frame` },
      );
    }
    const first = this.cls_token?.expand([patches.shape[0], 1, this.width]);
    const tokens = first === undefined ? patches : concat([first, patches], 1);
    return this.pos_embed === undefined ? tokens : tokens.add(this.pos_embed);
  }

  /** Blocks `start` to `end`, by default all: [B, 1 + N, D] → the same shape. */
  runBlocks(
    tokens: Tensor,
    { kept, start = 0, end = this.blocks.length }: EncodeOptions & { start?: number; end?: number } = {},
  ): Tensor {
    const context: AttentionContext = { bias: this.rel_pos_bias?.forward(), rotate: this.rope?.rotation(kept) };
    return this.blocks.slice(start, end).reduce((x, block) => block.forward(x, context), tokens);
  }

  /** `norm`, where there is one. */
  normalise(tokens: Tensor): Tensor {
    return this.norm === undefined ? tokens : this.norm.forward(tokens);
  }

  /** The patch tokens of `features`: [B, 1 + N, D] → [B, N, D]. */
  patchTokens(features: Tensor): Tensor {
    return this.cls_token === undefined ? features : features.slice(1, 1);
  }

  /** The class token, where there is one, and the patches that `kept` names. */
  private keep(tokens: Tensor, kept: Tensor | undefined): Tensor {
    if (kept === undefined) return tokens;
    const patches = selectTokens(this.patchTokens(tokens), kept);
    return this.cls_token === undefined ? patches : concat([tokens.slice(1, 0, 1), patches], 1);
  }
}

function positionsOf(options: VitEncoderOptions, side: number): Parameter | undefined {
  const { width, positions = "learned", classToken = true, start = deitStart, frames = 1 } = options;
  const prefix = classToken ? 1 : 0;
  const shape = [1, prefix + frames * side ** 2, width];
  if (positions === "none") return undefined;
  return positions === "sincos"
    ? new Parameter(shape, sincosPositions(side, prefix), { trainable: false })
    : new Parameter(shape, start.token);
}

function sharedBias(
  options: VitEncoderOptions,
  side: number,
): RelativePositionBias | DecoupledPositionBias | undefined {
  const { relativePositions: relative, heads, classToken = true } = options;
  if (relative?.of !== "model") return undefined;
  const { table, start } = relative;
  if (table === "decoupled") return new DecoupledPositionBias(side, heads, start);
  return new RelativePositionBias(side, heads, { classToken, ...(start === undefined ? {} : { table: start }) });
}
