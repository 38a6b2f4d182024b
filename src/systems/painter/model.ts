import { FoveaError } from "../../errors/fovea-error.ts";
import { concat } from "../../graph/operators/layout.ts";
import { show, type Tensor } from "../../graph/tensor.ts";
import type { Grid } from "../../models/swin/windows.ts";
import { normal, truncatedNormal, zeros } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import { PatchEmbed } from "../../nn/patches.ts";
import { PainterBlock } from "./painter-block.ts";
import { type CompletePainterOptions, completePainterOptions, type PainterOptions } from "./painter-options.ts";
import { PaintingHead } from "./painting-head.ts";
import { fittedPositions, positionRows, type PositionTable, positionTable } from "./positions.ts";
import { toImage } from "./stitched-patches.ts";

export interface PainterInputs {
  /** Prompt image above query image, ImageNet-normalised: [B, 3, H, W]. */
  readonly images: Tensor;
  /** Prompt target above query target, normalised alike; what the mask covers is not seen: [B, 3, H, W]. */
  readonly targets: Tensor;
  /** Row by row, not 0: the patch of the target is to be painted. [B, N] or, for all samples, [1, N]. */
  readonly mask: Tensor;
  /** SegGPT: 0 semantic, 1 instance, for each sample [B] or [B, 1]. Default: all instance. */
  readonly segmentTypes?: Tensor;
}

export interface PaintOptions {
  /**
   * The samples are prompts of one query, whose features are averaged from this block on (SegGPT's feature ensemble,
   * painter section 5.5: 0). Undefined: samples are apart.
   */
  readonly shareQueryFrom?: number | undefined;
  /** Rows of queries whose attention is computed at once; bounds the memory. Default all. */
  readonly rowsAtOnce?: number | undefined;
}

/**
 * Painter (arXiv 2212.02499), and with `segmentTypes` SegGPT (arXiv 2304.03284): a ViT of two streams, image and masked
 * target, that become one early; the results of some blocks are painted by a light head. No class token. Names and
 * shapes of parameters as in the official files. Source: painter section 3.
 */
export class Painter extends Module {
  readonly mask_token: Parameter;
  readonly segment_token_x: Parameter;
  readonly segment_token_y: Parameter;
  readonly type_token_cls: Parameter | undefined;
  readonly type_token_ins: Parameter | undefined;
  readonly pos_embed: Parameter | undefined;
  readonly patch_embed: PatchEmbed;
  readonly blocks: readonly PainterBlock[];
  readonly norm: LayerNorm;
  readonly decoder_embed: Linear;
  readonly decoder_pred: PaintingHead | undefined;
  readonly #options: CompletePainterOptions;
  readonly #positions: PositionTable | undefined;

  /** @throws FoveaError for taps, blocks or sizes that do not fit */
  constructor(given: PainterOptions) {
    super();
    const options = completePainterOptions(given);
    const { width, depth, patchSize, taps, headChannels, segmentTypes, eps } = options;
    const grid = gridOf(options.imageSize, patchSize);
    const token = (): Parameter => new Parameter([1, 1, 1, width], normal(0, 0.02));
    this.mask_token = token();
    this.segment_token_x = token();
    this.segment_token_y = token();
    this.type_token_cls = segmentTypes ? token() : undefined;
    this.type_token_ins = segmentTypes ? token() : undefined;
    this.#positions = positionTable(options.positions, patchSize, grid);
    this.pos_embed = this.#positions && new Parameter([1, positionRows(this.#positions), width], truncatedNormal());
    this.patch_embed = new PatchEmbed(3, width, patchSize);
    this.blocks = Array.from({ length: depth }, (_, index) => blockOf(options, grid, index));
    this.norm = new LayerNorm(width, { eps });
    const values = patchSize ** 2 * (headChannels === 0 ? 3 : headChannels);
    this.decoder_embed = new Linear(taps.length * width, values, { weightInit: truncatedNormal(), biasInit: zeros });
    this.decoder_pred = headChannels === 0 ? undefined : new PaintingHead(headChannels);
    this.#options = options;
  }

  /** The painted stitch, normalised as the targets: [B, 3, H, W]. H and W may be others than the network's own. */
  forward(inputs: PainterInputs, options: PaintOptions = {}): Tensor {
    checkInputs(inputs, this.#options.patchSize);
    const { patchSize } = this.#options;
    const [, , height, width] = inputs.images.shape;
    const grid = gridOf([height, width], patchSize);
    const features = concat(this.taps(this.embed(inputs, grid), grid, options), 2); // [B, N, taps·D]
    const pixels = toImage(this.decoder_embed.forward(features), patchSize, grid);
    return this.decoder_pred === undefined ? pixels : this.decoder_pred.forward(pixels);
  }

  /** Image and target stream one behind the other, [2B, N, D]; positions and segments come after the mask. */
  private embed({ images, targets, mask, segmentTypes }: PainterInputs, grid: Grid): Tensor {
    const batch = images.shape[0];
    const vector = (token: Tensor): Tensor => token.reshape([1, 1, token.size]);
    const covered = mask.equal(0).reshape([...mask.shape, 1]);
    const seen = covered.where(this.patch_embed.forward(targets), vector(this.mask_token));
    let x = this.patch_embed.forward(images).add(vector(this.segment_token_x));
    let y = seen.add(vector(this.segment_token_y));
    const added = [
      ...(this.pos_embed && this.#positions ? [fittedPositions(this.pos_embed, this.#positions, grid)] : []),
      ...this.typeTokens(segmentTypes, batch),
    ];
    for (const each of added) [x, y] = [x.add(each), y.add(each)];
    return concat([x, y], 0);
  }

  /** SegGPT's token of each sample's type, [B or 1, 1, D]; of another number than 0 and 1 it is 0. */
  private typeTokens(types: Tensor | undefined, batch: number): Tensor[] {
    const [semantic, instance] = [this.type_token_cls, this.type_token_ins];
    if (semantic === undefined || instance === undefined) return [];
    const vector = (token: Tensor): Tensor => token.reshape([1, 1, token.size]);
    if (types === undefined) return [vector(instance)];
    const of = (type: number, token: Tensor): Tensor =>
      types.equal(type).cast("float32").reshape([batch, 1, 1]).mul(vector(token));
    return [of(0, semantic).add(of(1, instance))];
  }

  /** The normalised results of the tapped blocks, [B, N, D] each. */
  private taps(x: Tensor, grid: Grid, { shareQueryFrom = Infinity, rowsAtOnce }: PaintOptions): Tensor[] {
    const { mergeAfter, taps } = this.#options;
    const found: Tensor[] = [];
    this.blocks.forEach((block, index) => {
      const sharedIn = index < shareQueryFrom ? undefined : index <= mergeAfter ? 2 : 1;
      x = block.forward(x, { grid, sharedIn, rowsAtOnce });
      if (index === mergeAfter) x = meanOfStreams(x);
      // a tap before the fusion, which the official code has not, sees the mean too
      if (taps.includes(index)) found.push(this.norm.forward(index < mergeAfter ? meanOfStreams(x) : x));
    });
    return found;
  }
}

const gridOf = ([height, width]: Grid, patchSize: number): Grid => [height / patchSize, width / patchSize];

function blockOf(options: CompletePainterOptions, grid: Grid, index: number): PainterBlock {
  const { width, depth, heads, mlpRatio, qkvBias, dropPath, eps, relativePositions, windows, residualBlocks } = options;
  return new PainterBlock(width, heads, grid, {
    mlpRatio,
    qkvBias,
    dropPath: depth > 1 ? (dropPath * index) / (depth - 1) : 0,
    eps,
    tables: relativePositions,
    window: windows?.blocks.includes(index) && windows.size > 0 ? windows.size : undefined,
    residual: residualBlocks.includes(index),
  });
}

/** [2B, N, D] → [B, N, D] */
function meanOfStreams(x: Tensor): Tensor {
  const half = x.shape[0] / 2;
  return x.slice(0, 0, half).add(x.slice(0, half)).mul(0.5);
}

function checkInputs({ images, targets, mask }: PainterInputs, patchSize: number): void {
  const [batch, , height, width] = images.shape;
  const patches = (height / patchSize) * (width / patchSize);
  if (images.rank !== 4 || images.shape.join() !== targets.shape.join() || height % (2 * patchSize) !== 0)
    throw new FoveaError("shape/painter", `Painter: images ${show(images)} and targets ${show(targets)} are not [B, 3, H, W]`, {
      hint: `both are stitches, prompt above query: H a multiple of ${2 * patchSize}, W of ${patchSize}`,
    }); // prettier-ignore
  if (mask.rank !== 2 || mask.shape[1] !== patches || (mask.shape[0] !== batch && mask.shape[0] !== 1))
    throw new FoveaError("shape/painter", `Painter: mask ${show(mask)} is not [${batch} or 1, ${patches}]`, {
      hint: "one number a patch, row by row; 0 is seen",
    });
}
