import { FoveaError } from "../../errors/fovea-error.ts";
import { interpolate } from "../../graph/functions/interpolate.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Grid } from "../../models/swin/windows.ts";
import type { PretrainedPositions } from "./painter-options.ts";

/** Where the rows of a table of positions lie. */
export interface PositionTable {
  /** Rows in front that are no places: the class token's. */
  readonly extra: number;
  readonly grid: Grid;
}

/** The table for `positions`; undefined where there are none. `own` is the stitched map. */
export function positionTable(
  positions: PretrainedPositions | "grid" | "none",
  patchSize: number,
  own: Grid,
): PositionTable | undefined {
  if (positions === "none") return undefined;
  if (positions === "grid") return { extra: 0, grid: own };
  const side = Math.floor(positions.imageSize / patchSize);
  if (!(side > 0))
    throw new FoveaError(
      "painter/options",
      `Painter: positions for images of ${positions.imageSize} pixels have no patch of ${patchSize}`,
      { hint: "positions.imageSize is the side that the network was pre-trained at", exitCode: 2 },
    );
  return { extra: (positions.classToken ?? true) ? 1 : 0, grid: [side, side] };
}

/** Rows of the whole table. */
export const positionRows = ({ extra, grid }: PositionTable): number => extra + grid[0] * grid[1];

/**
 * The table [1, extra + g·g', D] for a map of h × w: bicubically (a = −¾), as a product with constant matrices, so that
 * it learns through it: [1, h·w, D]. Source: painter section 3.4.
 */
export function fittedPositions(table: Tensor, { extra, grid }: PositionTable, wanted: Grid): Tensor {
  const places = extra === 0 ? table : table.slice(1, extra);
  if (grid[0] === wanted[0] && grid[1] === wanted[1]) return places;
  const width = table.shape[2];
  const image = places.transpose().reshape([1, width, ...grid]);
  return interpolate(image, wanted, { mode: "cubic" })
    .reshape([1, width, wanted[0] * wanted[1]])
    .transpose();
}
