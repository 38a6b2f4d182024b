import { pad } from "../graph/operators/pad.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Grid } from "./swin/windows.ts";

/**
 * A map [B, h·w, D] in windows of `size` × `size`, row by row, after zeros below and on the right make it divisible:
 * [B·nW, size², D]. Source: ViTDet (arXiv 2203.16527), painter section 3.8.
 */
export function cutPadded(x: Tensor, [rows, columns]: Grid, size: number): Tensor {
  const [batch, , width] = x.shape;
  const [down, across] = counts([rows, columns], size);
  const map = x.reshape([batch, rows, columns, width]);
  const [below, right] = [down * size - rows, across * size - columns];
  const whole = below === 0 && right === 0 ? map : pad(map, [[0, below], [0, right], [0, 0]]); // prettier-ignore
  return whole
    .reshape([batch, down, size, across, size, width])
    .permute([0, 1, 3, 2, 4, 5])
    .reshape([batch * down * across, size ** 2, width]);
}

/** The inverse of `cutPadded`: the windows put back, what was added cut off; [B·nW, size², D] → [B, h·w, D]. */
export function joinPadded(windows: Tensor, [rows, columns]: Grid, size: number): Tensor {
  const width = windows.shape[2];
  const [down, across] = counts([rows, columns], size);
  const batch = windows.shape[0] / (down * across);
  return windows
    .reshape([batch, down, across, size, size, width])
    .permute([0, 1, 3, 2, 4, 5])
    .reshape([batch, down * size, across * size, width])
    .slice(1, 0, rows)
    .slice(2, 0, columns)
    .reshape([batch, rows * columns, width]);
}

const counts = ([rows, columns]: Grid, size: number): Grid => [Math.ceil(rows / size), Math.ceil(columns / size)];
