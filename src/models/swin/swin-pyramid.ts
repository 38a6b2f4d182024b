import { FoveaError } from "../../errors/fovea-error.ts";
import { show, type Tensor } from "../../graph/tensor.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Module } from "../../nn/module.ts";
import { mergedGrid } from "./patch-merging.ts";
import type { SwinBodyOptions } from "./swin-options.ts";
import { SwinPatchEmbed } from "./swin-patches.ts";
import { type Placement, SwinStage } from "./swin-stage.ts";
import type { Grid } from "./windows.ts";

export interface SwinPyramidOptions extends SwinBodyOptions {
  /** Windows of the stages, where they differ. Default `window` in each. */
  readonly windows?: readonly number[] | undefined;
  /** Whether the odd blocks of a stage shift. Default true in each. */
  readonly shifts?: readonly boolean[] | undefined;
  /** V2: blocks of a stage that attend over the whole map, by their index in it (Plain-DETR). Default none. */
  readonly globalBlocks?: readonly (readonly number[])[] | undefined;
  /** Stages whose maps are returned, each behind a norm of its own. Default all. */
  readonly levels?: readonly number[] | undefined;
}

/**
 * Swin V1 and V2 as a pyramid of maps for images of any size, for detection and segmentation. Windows are not shrunk:
 * maps are padded with zeros at the right and below, and the padding takes part as keys. Names are those of the
 * classifiers, so that their weights load; the norms of the levels, `norm0` …, are new. Source: swin-backbone section 3.9.
 */
export class SwinPyramid extends Module {
  readonly patch_embed: SwinPatchEmbed;
  readonly layers: readonly SwinStage[];
  readonly levels: readonly number[];
  readonly width: number;

  /** @throws FoveaError for lists of another length than `depths`, and for global blocks of V1, whose tables are fixed */
  constructor(options: SwinPyramidOptions) {
    super();
    const { width, depths, eps = 1e-5, levels = depths.map((_, stage) => stage) } = options;
    checkLists(options);
    this.patch_embed = new SwinPatchEmbed(options);
    this.layers = depths.map((_, stage) => new SwinStage(options, stage, (index) => placeOf(options, stage, index)));
    this.levels = levels;
    this.width = width;
    for (const level of levels) Object.assign(this, { [`norm${level}`]: new LayerNorm(width * 2 ** level, { eps }) }); // names of the official code
  }

  /** [B, 3, H, W] → for each level s [B, C·2^s, ⌈H/p⌉/2^s, ⌈W/p⌉/2^s], odd sides rounded up */
  pyramid(image: Tensor): Tensor[] {
    if (image.rank !== 4) throw new FoveaError("shape/image", `SwinPyramid: ${show(image)} is not [B, 3, H, W]`);
    const { patchSize } = this.patch_embed;
    let grid: Grid = [Math.ceil(image.shape[2] / patchSize), Math.ceil(image.shape[3] / patchSize)];
    let x = this.patch_embed.forward(image);
    const maps: Tensor[] = [];
    for (const [stage, layer] of this.layers.entries()) {
      x = layer.run(x, grid);
      if (this.levels.includes(stage)) maps.push(asMap(this.normOf(stage).forward(x), grid));
      if (layer.downsample === undefined) continue;
      x = layer.downsample.forward(x, grid);
      grid = mergedGrid(grid);
    }
    return maps;
  }

  private normOf(level: number): LayerNorm {
    return (this as unknown as Record<string, LayerNorm>)[`norm${level}`]; // the constructor made it
  }
}

const asMap = (x: Tensor, [height, width]: Grid): Tensor =>
  x.permute([0, 2, 1]).reshape([x.shape[0], x.shape[2], height, width]);

function placeOf(options: SwinPyramidOptions, stage: number, index: number): Placement {
  const size = options.windows?.[stage] ?? options.window ?? 7;
  if (options.globalBlocks?.[stage]?.includes(index) === true) return { size: undefined, shift: 0 };
  const shifts = options.shifts?.[stage] ?? true;
  return { size, shift: shifts && index % 2 === 1 ? Math.floor(size / 2) : 0 };
}

function checkLists(options: SwinPyramidOptions): void {
  const { version, depths, heads, pretrainedWindows, windows, shifts, globalBlocks } = options;
  for (const [name, list] of Object.entries({ heads, pretrainedWindows, windows, shifts, globalBlocks }))
    if (list !== undefined && list.length !== depths.length)
      throw new FoveaError(
        "models/stages",
        `SwinPyramid: ${name} has ${list.length} entries for ${depths.length} stages`,
        {
          exitCode: 2,
        },
      );
  if (version === 1 && globalBlocks?.some((blocks) => blocks.length > 0) === true)
    throw new FoveaError("models/window", "SwinPyramid: globalBlocks need version 2, whose bias knows every distance", {
      exitCode: 2,
    });
}
