import { FoveaError } from "../../errors/fovea-error.ts";
import { silu } from "../../graph/functions/elementary.ts";
import { concat } from "../../graph/operators/layout.ts";
import { show, type Tensor } from "../../graph/tensor.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Embedding } from "../../nn/embedding.ts";
import { truncatedNormal } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import { PatchEmbed } from "../../nn/patches.ts";
import { Sequential } from "../../nn/sequential.ts";
import { sincosPositions } from "../sincos-positions.ts";
import { ConvolutionalEmbed } from "./convolutional-embed.ts";
import { smallLinear } from "./small-linear.ts";
import { timeFeatures } from "./time-features.ts";
import { type SkipMode, UVitBlock } from "./u-vit-block.ts";

/** What the images are generated from beside noise. */
export type UVitCondition =
  /** A label in 0 … classes − 1; a null label of classifier-free guidance is one of them. */
  | { readonly kind: "class"; readonly classes: number }
  /** Features of a text, `tokens` of `dim` values each. */
  | { readonly kind: "text"; readonly tokens: number; readonly dim: number };

export interface UVitOptions {
  /** Side of the square input: pixels, or rows of a latent. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly channels: number;
  /** D */
  readonly width: number;
  /** In- and out-blocks; with the mid block there are one more. An odd depth acts as one less. */
  readonly depth: number;
  readonly heads: number;
  readonly condition?: UVitCondition;
  readonly mlpRatio?: number;
  readonly qkvBias?: boolean;
  readonly skip?: SkipMode;
  /** A token, or scale and shift of all norms. */
  readonly time?: "token" | "adaLN";
  /** Linear-SiLU-Linear on the sinusoid of the time; no released model has it. */
  readonly timeMlp?: boolean;
  /** 3×3 convolution behind the last layer, before it, or none. */
  readonly outputConv?: "last" | "before" | "none";
  readonly patchEmbed?: "linear" | "convolutions";
  readonly positions?: "learned" | "sincos" | "none";
}

/** Inputs of one forward pass. */
export interface UVitInputs {
  /** [B]: time in units of 1/1000, may be fractional. */
  readonly time: Tensor;
  /** int64 [B], for condition `class`. */
  readonly label?: Tensor;
  /** [B, tokens, dim], for condition `text`. */
  readonly context?: Tensor;
}

/**
 * U-ViT: time, condition and patches of a noisy image are tokens of one ViT whose first half is joined to its second by
 * long skips. Predicts the noise (or the image), [B, C, S, S]. E extra tokens stand before L = (S/p)² patches:
 * [time], [label, time] or [time, text …]. Names as in baofff/U-ViT, so its files load. Source: arXiv 2209.12152;
 * u-vit section 3.
 */
export class UVit extends Module {
  readonly pos_embed: Parameter | undefined;
  readonly patch_embed: PatchEmbed | ConvolutionalEmbed;
  readonly time_embed: Sequential | undefined;
  readonly label_emb: Embedding | undefined;
  readonly context_embed: Linear | undefined;
  readonly in_blocks: readonly UVitBlock[];
  readonly mid_block: UVitBlock;
  readonly out_blocks: readonly UVitBlock[];
  readonly norm: LayerNorm;
  /** 3×3 on the map of tokens, with `outputConv` before. */
  readonly feature_layer: Conv2d | undefined;
  readonly decoder_pred: Linear;
  readonly final_layer: Conv2d | undefined;
  readonly options: UVitOptions;
  /** Patches along a side. */
  readonly side: number;

  /** @throws FoveaError when the patches do not fill the image */
  constructor(options: UVitOptions) {
    super();
    const { imageSize, patchSize, channels, width, depth, heads, condition } = options;
    const { mlpRatio = 4, qkvBias = false, skip = "concat", time = "token", outputConv = "last" } = options;
    if (imageSize % patchSize !== 0) {
      const text = `UVit: imageSize ${imageSize} is no multiple of patchSize ${patchSize}`;
      throw new FoveaError("models/patch-size", text, { exitCode: 2 });
    }
    this.options = options;
    this.side = imageSize / patchSize;
    const adaptive = time === "adaLN";
    const extras = (adaptive ? 0 : 1) + (condition?.kind === "class" ? 1 : (condition?.tokens ?? 0));
    this.pos_embed = positionsOf(options.positions ?? "learned", [1, extras + this.side ** 2, width], this.side);
    this.patch_embed =
      options.patchEmbed === "convolutions"
        ? new ConvolutionalEmbed(channels, width, patchSize)
        : new PatchEmbed(channels, width, patchSize);
    this.time_embed = options.timeMlp
      ? new Sequential([new Linear(width, 4 * width, smallLinear), silu, new Linear(4 * width, width, smallLinear)])
      : undefined;
    this.label_emb = condition?.kind === "class" ? new Embedding(condition.classes, width) : undefined;
    this.context_embed = condition?.kind === "text" ? new Linear(condition.dim, width, smallLinear) : undefined;
    const block = (own?: SkipMode): UVitBlock =>
      new UVitBlock(width, heads, { mlpRatio, qkvBias, adaptive, skip: own });
    const half = Math.floor(depth / 2);
    this.in_blocks = Array.from({ length: half }, () => block());
    this.mid_block = block();
    this.out_blocks = Array.from({ length: half }, () => block(skip));
    this.norm = new LayerNorm(width);
    this.feature_layer = outputConv === "before" ? new Conv2d(width, width, 3, { padding: 1 }) : undefined;
    this.decoder_pred = new Linear(width, patchSize ** 2 * channels, smallLinear);
    this.final_layer = outputConv === "last" ? new Conv2d(channels, channels, 3, { padding: 1 }) : undefined;
  }

  /** Noisy image [B, C, S, S] → predicted noise of the same shape. Throws for a missing condition. */
  forward(image: Tensor, inputs: UVitInputs): Tensor {
    const features = timeFeatures(inputs.time, this.options.width);
    const time = this.time_embed?.forward(features) ?? features; // [B, D]
    const patches = this.patch_embed.forward(image);
    const extras = this.extraTokens(time, inputs);
    let x = extras.length === 0 ? patches : concat([...extras, patches], 1);
    if (this.pos_embed !== undefined) x = x.add(this.pos_embed);
    const skips: Tensor[] = [];
    for (const block of this.in_blocks) {
      x = block.forward(x, { time });
      skips.push(x);
    }
    x = this.mid_block.forward(x, { time });
    for (const block of this.out_blocks) x = block.forward(x, { skip: skips.pop(), time });
    return this.decode(this.norm.forward(x));
  }

  private extraTokens(time: Tensor, { label, context }: UVitInputs): Tensor[] {
    const { condition, width, time: timeMode } = this.options;
    const [batch] = time.shape;
    const own = timeMode === "adaLN" ? [] : [time.reshape([batch, 1, width])];
    if (condition === undefined) return own;
    if (condition.kind === "class") {
      if (label === undefined || this.label_emb === undefined) throw missing("label", "int64 [B]");
      return [this.label_emb.forward(label).reshape([batch, 1, width]), ...own];
    }
    const wanted = [batch, condition.tokens, condition.dim];
    if (context?.shape.join() !== wanted.join() || this.context_embed === undefined)
      throw missing("context", `[${wanted.join(", ")}]`, context);
    return [...own, this.context_embed.forward(context)];
  }

  /** Tokens → image: channels are the fastest in a token, unlike in the patch embedding's weight. */
  private decode(tokens: Tensor): Tensor {
    const { patchSize, channels, width } = this.options;
    const { side } = this;
    const [batch] = tokens.shape;
    let x = tokens.slice(1, tokens.shape[1] - side ** 2); // patches only
    if (this.feature_layer !== undefined) {
      const map = x.permute([0, 2, 1]).reshape([batch, width, side, side]);
      x = this.feature_layer
        .forward(map)
        .reshape([batch, width, side ** 2])
        .permute([0, 2, 1]);
    }
    const image = this.decoder_pred
      .forward(x)
      .reshape([batch, side, side, patchSize, patchSize, channels])
      .permute([0, 5, 1, 3, 2, 4]) // [B, C, h, p, w, p]
      .reshape([batch, channels, side * patchSize, side * patchSize]);
    return this.final_layer?.forward(image) ?? image;
  }
}

function missing(name: string, shape: string, found?: Tensor): FoveaError {
  const what = found === undefined ? "is missing" : `is ${show(found)}`;
  return new FoveaError("models/condition", `UVit: ${name} ${what}; this model is conditioned on ${shape}`);
}

function positionsOf(
  kind: "learned" | "sincos" | "none",
  shape: readonly number[],
  side: number,
): Parameter | undefined {
  if (kind === "none") return undefined;
  return kind === "learned"
    ? new Parameter(shape, truncatedNormal())
    : new Parameter(shape, sincosPositions(side, shape[1] - side ** 2), { trainable: false });
}
