import { FoveaError } from "../../errors/fovea-error.ts";
import type { SwinSize } from "./swin-sizes.ts";
import type { Grid } from "./windows.ts";

/** What a Swin is made of, whatever it is used for. */
export interface SwinBodyOptions extends SwinSize {
  /** Side of a token in pixels. */
  readonly patchSize?: number | undefined;
  readonly channels?: number | undefined;
  /** M, tokens along a side of a window. */
  readonly window?: number | undefined;
  readonly mlpRatio?: number | undefined;
  readonly qkvBias?: boolean | undefined;
  /** V1: factor on q·k in place of d^−½. */
  readonly qkScale?: number | undefined;
  /** A norm behind the patch embedding. Default true. */
  readonly patchNorm?: boolean | undefined;
  /** Rate of the last block; it rises linearly from 0 at the first. */
  readonly dropPath?: number | undefined;
  /** V2: the window of each stage in pre-training, by which offsets are measured; 0: its own. Default 0. */
  readonly pretrainedWindows?: readonly number[] | undefined;
  /** V2: a further norm `enorm` behind every n-th block of a stage. */
  readonly extraNormEvery?: number | undefined;
  /** A norm of the MLP's hidden values before their GELU. Default false. */
  readonly mlpNorm?: boolean | undefined;
  /** V2: one bias MLP for the blocks of a stage. */
  readonly sharedBias?: boolean | undefined;
  /** V2: hidden units of the bias MLP. Default 512. */
  readonly biasHidden?: number | undefined;
  /** Of every LayerNorm. Default 1e-5. */
  readonly eps?: number | undefined;
  /** V2: least length that q and k are divided by. Default 1e-12. */
  readonly cosineEps?: number | undefined;
  /**
   * V2's first values: `official`, norms of the branches at 0; `distillation` (Feature Distillation), norms at 1e-5, last
   * layers of branches divided by √(2·block), patch convolution normal 0.02; `depth` (MIM-Depth-Estimation), the same
   * without the division.
   */
  readonly start?: "official" | "distillation" | "depth" | undefined;
  /** Windows of a batch that are attended to at once, which bounds the memory of scores. Default all. */
  readonly windowsAtOnce?: number | undefined;
}

export interface SwinEncoderOptions extends SwinBodyOptions {
  /** Side of the square image in pixels, or [height, width]. Default 224. */
  readonly imageSize?: number | Grid | undefined;
  /**
   * Blocks of each stage from which plain and shifted windows alternate anew, so that a block shifts or not whatever
   * stands before it (modules trained apart). Default: the first of each stage.
   */
  readonly shiftRestarts?: readonly (readonly number[])[] | undefined;
  /** Learned absolute positions. Default false. */
  readonly absolutePositions?: boolean | undefined;
}

export interface SwinOptions extends SwinEncoderOptions {
  /** K; 0: no head. Default 1000. */
  readonly classes?: number | undefined;
}

/** Grids of tokens of the stages of a network of fixed image size. */
export function stageGrids({ imageSize = 224, patchSize = 4, depths, window = 7 }: SwinEncoderOptions): Grid[] {
  const [height, width] = typeof imageSize === "number" ? [imageSize, imageSize] : imageSize;
  const grids = depths.map((_, stage): Grid => {
    const side = patchSize * 2 ** stage;
    return [height / side, width / side];
  });
  grids.forEach((grid, stage) => checkGrid(grid, stage, window, [height, width]));
  return grids;
}

function checkGrid(grid: Grid, stage: number, window: number, image: Grid): void {
  const size = Math.min(window, ...grid);
  const text = `Swin: image ${image.join(" × ")} gives stage ${stage} ${grid.join(" × ")} tokens, which`;
  if (!grid.every((side) => Number.isInteger(side) && side > 0))
    throw new FoveaError("models/image-size", `${text} is no whole number`, {
      hint: "the side must be a multiple of patchSize · 2^(stages − 1)",
      exitCode: 2,
    });
  if (grid.some((side) => side % size !== 0))
    throw new FoveaError("models/window", `${text} windows of ${size} do not fill`, {
      hint: "choose a window that divides every stage, or use SwinPyramid, which pads",
      exitCode: 2,
    });
}
