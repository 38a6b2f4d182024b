import { FoveaError } from "../../errors/fovea-error.ts";
import type { Grid } from "../../models/swin/windows.ts";
import type { Initialiser } from "../../nn/initialisers.ts";

/** The table of positions of a network that was pre-trained on square images; resized on every forward pass. */
export interface PretrainedPositions {
  /** Side of the images in pixels. */
  readonly imageSize: number;
  /** Whether the table's first row belongs to a class token; it is not used. Default true. */
  readonly classToken?: boolean;
}

export interface PainterOptions {
  /** Height and width in pixels of the stitched image, prompt above query: relative positions are for this map. */
  readonly imageSize: Grid;
  readonly patchSize: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlpRatio?: number;
  readonly qkvBias?: boolean;
  /** Of the last block; linear from 0. Default 0. */
  readonly dropPath?: number;
  /** ε of the norms in the encoder. Default 1e-6. */
  readonly eps?: number;
  /**
   * Absolute positions: of a pre-trained network (default: 224 pixels and a class token), `grid`, a table of the
   * stitched map itself, or `none`.
   */
  readonly positions?: PretrainedPositions | "grid" | "none";
  /** First values of the tables of relative positions, `false`: none. Default 0. */
  readonly relativePositions?: Initialiser | false;
  /** Blocks whose attention is in windows of `size` tokens a side. Default none, as in the released models. */
  readonly windows?: { readonly size: number; readonly blocks: readonly number[] };
  /** Blocks with a bottleneck of convolutions at their end. Default none. */
  readonly residualBlocks?: readonly number[];
  /** Block behind which image and target stream become their mean. Default 2. */
  readonly mergeAfter?: number;
  /** Blocks whose results the head sees. Default [5, 11, 17, 23]. */
  readonly taps?: readonly number[];
  /** Channels of the head for each pixel. Default 64. 0: a linear head that gives RGB at once (an ablation). */
  readonly headChannels?: number;
  /** SegGPT's tokens for semantic and instance segmentation. Default false. */
  readonly segmentTypes?: boolean;
}

export type CompletePainterOptions = Required<Omit<PainterOptions, "windows">> & Pick<PainterOptions, "windows">;

/** The options with the released models' choices where none are given. Throws for blocks that there are not. */
export function completePainterOptions(given: PainterOptions): CompletePainterOptions {
  const options = {
    mlpRatio: 4,
    qkvBias: true,
    dropPath: 0,
    eps: 1e-6,
    positions: { imageSize: 224 },
    relativePositions: (data: Float32Array) => void data.fill(0),
    residualBlocks: [],
    mergeAfter: 2,
    taps: [5, 11, 17, 23],
    headChannels: 64,
    segmentTypes: false,
    ...given,
  };
  const { depth, taps, mergeAfter, imageSize, patchSize } = options;
  const isBlock = (index: number): boolean => Number.isInteger(index) && index >= 0 && index < depth;
  if (taps.length === 0 || !taps.every(isBlock))
    throw refuse(`taps [${taps.join(", ")}] are not blocks of a network of depth ${depth}`, "name the blocks that the head sees as `taps`, counted from 0"); // prettier-ignore
  if (!isBlock(mergeAfter)) throw refuse(`mergeAfter ${mergeAfter} is no block of a network of depth ${depth}`, "blocks are counted from 0"); // prettier-ignore
  if (!imageSize.every((side) => side > 0 && side % patchSize === 0))
    throw refuse(`image size [${imageSize.join(", ")}] does not cut into patches of ${patchSize}`, "a stitched image is [height, width], both multiples of the patch size"); // prettier-ignore
  return options;
}

const refuse = (message: string, hint: string): FoveaError =>
  new FoveaError("painter/options", `Painter: ${message}`, { hint, exitCode: 2 });
