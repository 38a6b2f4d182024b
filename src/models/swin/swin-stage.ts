import type { Tensor } from "../../graph/tensor.ts";
import { Module } from "../../nn/module.ts";
import type { BlockRange } from "../divided-network.ts";
import { SharedBias } from "./bias-mlp.ts";
import { CosineAttention } from "./cosine-attention.ts";
import { PatchMerging } from "./patch-merging.ts";
import { SwinBlock } from "./swin-block.ts";
import type { SwinBodyOptions } from "./swin-options.ts";
import { TableAttention } from "./table-attention.ts";
import type { WindowAttention } from "./window-attention.ts";
import type { Grid } from "./windows.ts";

/** Where a block attends: its window (undefined: the whole map) and shift. */
export interface Placement {
  readonly size: number | undefined;
  readonly shift: number;
}

/** Blocks of one width, and behind them, but in the last stage, the merging of tokens. */
export class SwinStage extends Module {
  readonly blocks: readonly SwinBlock[];
  readonly rel_pos_bias: SharedBias | undefined;
  readonly downsample: PatchMerging | undefined;
  /** P of a shared bias. */
  readonly reference: number;

  /** @param place window and shift of block `index` of the stage */
  constructor(options: SwinBodyOptions, stage: number, place: (index: number) => Placement) {
    super();
    const { version, width, depths, heads, sharedBias = false, biasHidden } = options;
    const last = stage === depths.length - 1;
    this.reference = referenceOf(options, stage, place(0));
    this.blocks = Array.from({ length: depths[stage] }, (_, index) => blockOf(options, stage, index, place(index)));
    this.rel_pos_bias = sharedBias ? new SharedBias(heads[stage], biasHidden) : undefined;
    this.downsample = last ? undefined : new PatchMerging(width * 2 ** stage, version, options.eps);
  }

  /** Through the blocks, or some of them: [B, H·W, C] → the same shape */
  run(x: Tensor, grid: Grid, { start = 0, end = this.blocks.length }: BlockRange = {}): Tensor {
    const biases = new Map<number | undefined, Tensor | undefined>(); // by window: blocks of one window share the tensor
    return this.blocks.slice(start, end).reduce((y, block) => {
      const { window } = block;
      if (!biases.has(window))
        biases.set(window, this.rel_pos_bias?.forward(window === undefined ? grid : [window, window], this.reference));
      return block.forward(y, grid, biases.get(window));
    }, x);
  }
}

/** P: the window of pre-training where it is given, else the stage's own. */
function referenceOf({ pretrainedWindows, window = 7 }: SwinBodyOptions, stage: number, { size }: Placement): number {
  const given = pretrainedWindows?.[stage] ?? 0;
  return given > 0 ? given : (size ?? window);
}

function blockOf(options: SwinBodyOptions, stage: number, index: number, place: Placement): SwinBlock {
  const { version, width, depths, mlpRatio = 4, dropPath = 0, eps, extraNormEvery, start = "official" } = options;
  const before = depths.slice(0, stage).reduce((sum, depth) => sum + depth, 0) + index;
  const total = depths.reduce((sum, depth) => sum + depth, 0);
  const scale = start === "distillation" ? (2 * (before + 1)) ** -0.5 : 1;
  const attn = attentionOf(options, stage, place, scale);
  return new SwinBlock(width * 2 ** stage, {
    attn,
    window: place.size,
    shift: place.shift,
    normLast: version === 2,
    normStart: version === 1 ? 1 : start === "official" ? 0 : 1e-5,
    mlpRatio,
    dropPath: total > 1 ? (dropPath * before) / (total - 1) : 0,
    eps,
    extraNorm: extraNormEvery !== undefined && (index + 1) % extraNormEvery === 0,
    mlpScale: scale,
    mlpNorm: options.mlpNorm,
    windowsAtOnce: options.windowsAtOnce,
  });
}

function attentionOf(options: SwinBodyOptions, stage: number, place: Placement, projScale: number): WindowAttention {
  const { version, width, heads, window = 7, qkvBias = true, qkScale, sharedBias = false } = options;
  const channels = width * 2 ** stage;
  if (version === 1)
    return new TableAttention(channels, heads[stage], { window: place.size ?? window, qkvBias, scale: qkScale });
  return new CosineAttention(channels, heads[stage], {
    reference: referenceOf(options, stage, place),
    qkvBias,
    shared: sharedBias,
    biasHidden: options.biasHidden,
    eps: options.cosineEps,
    projScale,
  });
}
