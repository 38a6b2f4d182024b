import { FoveaError } from "../../errors/fovea-error.ts";
import { show, type Tensor } from "../../graph/tensor.ts";
import { truncatedNormal } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import type { BlockRange } from "../divided-network.ts";
import { stageGrids, type SwinEncoderOptions } from "./swin-options.ts";
import { SwinPatchEmbed } from "./swin-patches.ts";
import { SwinStage } from "./swin-stage.ts";
import { effectiveWindow, type Grid } from "./windows.ts";

/**
 * Swin Transformer V1 and V2 for images of one size, without what reads its tokens: tokens of p × p pixels, attention in
 * windows that shift in every second block, four (or other) stages between which 2 × 2 tokens merge. Attributes are named
 * as in the official code. Dense maps of any image size: `SwinPyramid`. Sources: arXiv 2103.14030, 2111.09883; swin-backbone.
 */
export class SwinEncoder extends Module {
  readonly patch_embed: SwinPatchEmbed;
  readonly absolute_pos_embed: Parameter | undefined;
  readonly layers: readonly SwinStage[];
  readonly norm: LayerNorm;
  readonly grids: readonly Grid[];
  /** Channels of the features: C · 2^(stages − 1). */
  readonly outputWidth: number;

  /** @throws FoveaError for an image that windows do not fill, or lists of another length than `depths` */
  constructor(options: SwinEncoderOptions) {
    super();
    const { width, depths, window = 7, absolutePositions = false, shiftRestarts, eps = 1e-5 } = options;
    checkStages(options);
    this.grids = stageGrids(options);
    const [first] = this.grids;
    this.patch_embed = new SwinPatchEmbed(options);
    this.absolute_pos_embed = absolutePositions
      ? new Parameter([1, first[0] * first[1], width], truncatedNormal())
      : undefined;
    this.layers = this.grids.map(
      (grid, stage) =>
        new SwinStage(options, stage, (index) =>
          effectiveWindow(window, grid, sinceRestart(shiftRestarts?.[stage], index)),
        ),
    );
    this.outputWidth = width * 2 ** (depths.length - 1);
    this.norm = new LayerNorm(this.outputWidth, { eps });
  }

  /** Tokens of the last stage behind the final norm: [B, 3, H, W] → [B, h·w, 8C] */
  features(image: Tensor): Tensor {
    return this.encode(this.patch_embed.forward(image));
  }

  /** `features` of embedded patches, which a method may have masked before: [B, N, C] → [B, h·w, 8C] */
  encode(patches: Tensor): Tensor {
    return this.norm.forward(this.runBlocks(this.place(patches)));
  }

  /** Absolute positions, where there are some: [B, N, C] → the same shape */
  place(patches: Tensor): Tensor {
    const [height, width] = this.grids[0];
    if (patches.rank !== 3 || patches.shape[1] !== height * width)
      throw new FoveaError("models/image-size", `Swin: tokens ${show(patches)} are not [B, ${height}·${width}, C]`, {
        hint: `the model is made for ${height} × ${width} patches; SwinPyramid takes any size`,
      });
    return this.absolute_pos_embed === undefined ? patches : patches.add(this.absolute_pos_embed);
  }

  /** Blocks `start` to `end`, counted through all stages; behind the last block of a stage its tokens merge. */
  runBlocks(x: Tensor, { start = 0, end = Infinity }: BlockRange = {}): Tensor {
    let before = 0;
    return this.layers.reduce((y, layer, stage) => {
      const [first, count] = [before, layer.blocks.length];
      before += count;
      const [from, to] = [Math.max(start - first, 0), Math.min(end - first, count)];
      if (from >= to) return y;
      const grid = this.grids[stage];
      const z = layer.run(y, grid, { start: from, end: to });
      return to < count || layer.downsample === undefined ? z : layer.downsample.forward(z, grid);
    }, x);
  }
}

/** Blocks between `index` and the last restart at or before it. */
const sinceRestart = (restarts: readonly number[] = [], index: number): number =>
  index - restarts.reduce((last, restart) => (restart <= index ? Math.max(last, restart) : last), 0);

/** @throws FoveaError when lists by stage differ in length */
function checkStages({ depths, heads, pretrainedWindows }: SwinEncoderOptions): void {
  const lists = { heads, pretrainedWindows };
  for (const [name, list] of Object.entries(lists))
    if (list !== undefined && list.length !== depths.length)
      throw new FoveaError("models/stages", `Swin: ${name} [${list.join(", ")}] for ${depths.length} stages`, {
        exitCode: 2,
      });
}
