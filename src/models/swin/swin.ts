import { FoveaError } from "../../errors/fovea-error.ts";
import { show, type Tensor } from "../../graph/tensor.ts";
import { truncatedNormal, zeros } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import { stageGrids, type SwinOptions } from "./swin-options.ts";
import { SwinPatchEmbed } from "./swin-patches.ts";
import { SwinStage } from "./swin-stage.ts";
import { effectiveWindow, type Grid } from "./windows.ts";

/**
 * Swin Transformer V1 and V2 for images of one size: tokens of p × p pixels, attention in windows that shift in every
 * second block, four (or other) stages between which 2 × 2 tokens merge. Attributes are named as in the official code.
 * Dense maps of any image size: `SwinPyramid`. Sources: arXiv 2103.14030, 2111.09883; swin-backbone.
 */
export class Swin extends Module {
  readonly patch_embed: SwinPatchEmbed;
  readonly absolute_pos_embed: Parameter | undefined;
  readonly layers: readonly SwinStage[];
  readonly norm: LayerNorm;
  readonly head: Linear | undefined;
  readonly grids: readonly Grid[];
  /** Channels of the features: C · 2^(stages − 1). */
  readonly features: number;

  /** @throws FoveaError for an image that windows do not fill, or lists of another length than `depths` */
  constructor(options: SwinOptions) {
    super();
    const { width, depths, window = 7, classes = 1000, absolutePositions = false, eps = 1e-5 } = options;
    checkStages(options);
    this.grids = stageGrids(options);
    const [first] = this.grids;
    this.patch_embed = new SwinPatchEmbed(options);
    this.absolute_pos_embed = absolutePositions
      ? new Parameter([1, first[0] * first[1], width], truncatedNormal())
      : undefined;
    this.layers = this.grids.map(
      (grid, stage) => new SwinStage(options, stage, (index) => effectiveWindow(window, grid, index)),
    );
    this.features = width * 2 ** (depths.length - 1);
    this.norm = new LayerNorm(this.features, { eps });
    this.head =
      classes > 0 ? new Linear(this.features, classes, { weightInit: truncatedNormal(), biasInit: zeros }) : undefined;
  }

  /** [B, 3, H, W] → logits [B, K]; without head the pooled features [B, 8C] */
  forward(image: Tensor): Tensor {
    const pooled = this.pool(this.tokens(image));
    return this.head === undefined ? pooled : this.head.forward(pooled);
  }

  /** Tokens of the last stage behind the final norm: [B, 3, H, W] → [B, h·w, 8C] */
  tokens(image: Tensor): Tensor {
    return this.encode(this.patch_embed.forward(image));
  }

  /** `tokens` of embedded patches, which a method may have masked before: [B, N, C] → [B, h·w, 8C] */
  encode(patches: Tensor): Tensor {
    const [height, width] = this.grids[0];
    if (patches.rank !== 3 || patches.shape[1] !== height * width)
      throw new FoveaError("models/image-size", `Swin: tokens ${show(patches)} are not [B, ${height}·${width}, C]`, {
        hint: `the model is made for ${height} × ${width} patches; SwinPyramid takes any size`,
      });
    const start = this.absolute_pos_embed === undefined ? patches : patches.add(this.absolute_pos_embed);
    const last = this.layers.reduce((x, layer, stage) => {
      const y = layer.run(x, this.grids[stage]);
      return layer.downsample === undefined ? y : layer.downsample.forward(y, this.grids[stage]);
    }, start);
    return this.norm.forward(last);
  }

  /** Mean over the tokens: [B, N, 8C] → [B, 8C] */
  pool(tokens: Tensor): Tensor {
    return tokens.mean(1);
  }
}

/** @throws FoveaError when lists by stage differ in length */
export function checkStages({ depths, heads, pretrainedWindows }: SwinOptions): void {
  const lists = { heads, pretrainedWindows };
  for (const [name, list] of Object.entries(lists))
    if (list !== undefined && list.length !== depths.length)
      throw new FoveaError("models/stages", `Swin: ${name} [${list.join(", ")}] for ${depths.length} stages`, {
        exitCode: 2,
      });
}
