import type { HostTensor, Shape } from "../../graph/dtype.ts";
import { resizePositions } from "./resize-positions.ts";
import { bicubicRelativeTable, decoupledRelativeTable, geometricRelativeTable } from "./resize-relative-table.ts";

/** By which rule a table of another size is taken: absolute positions, or one of the three for relative biases. */
export interface ResizeRule {
  /** Of our names. */
  readonly pattern: RegExp;
  readonly by: "positions" | "bicubic" | "geometric" | "decoupled";
  /** Rows that are no grid: of positions the first, of relative tables the last. Default 0. */
  readonly extra?: number;
}

/** Rows and columns of a grid that is not square; asked only where the rows alone do not tell. */
export interface PositionGrid {
  readonly height: number;
  readonly width: number;
}

/**
 * `tensor` by `rule` in the shape that a network wants, or undefined where the rule cannot give it: another width or
 * number of heads, no whole grid.
 *
 * @param grid of positions for an image that is not square
 * @throws FoveaError when the tensor itself holds no grid
 */
export function resizeTo(
  { by, extra = 0 }: ResizeRule,
  tensor: HostTensor<"float32">,
  wanted: Shape,
  grid?: PositionGrid,
): HostTensor<"float32"> | undefined {
  const [channels, rows] = [wanted.at(-1), (wanted.at(-2) ?? 0) - extra];
  if (wanted.length !== tensor.shape.length || channels !== tensor.shape.at(-1)) return undefined;
  if (by === "positions") {
    const [height, width] = grid === undefined ? [Math.sqrt(rows), Math.sqrt(rows)] : [grid.height, grid.width];
    return height * width === rows && Number.isInteger(height)
      ? resizePositions(tensor, { extra, height, width })
      : undefined;
  }
  const side = ((by === "decoupled" ? rows : Math.sqrt(rows)) + 1) / 2; // the table has 2·side − 1 places along an axis
  if (!Number.isInteger(side)) return undefined;
  const resize = {
    bicubic: bicubicRelativeTable,
    geometric: geometricRelativeTable,
    decoupled: decoupledRelativeTable,
  };
  return resize[by](tensor, { side, extra });
}
