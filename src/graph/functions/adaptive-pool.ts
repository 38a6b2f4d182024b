import { hostTensor } from "../dtype.ts";
import { graphError } from "../graph-error.ts";
import { averagePool } from "../operators/pool.ts";
import { constantOf, show, type Tensor } from "../tensor.ts";

/** Mean of each channel over all positions: [B, C, ...S] → [B, C]. */
export const globalAveragePool = (x: Tensor): Tensor => x.mean(x.shape.map((_, i) => i).slice(2));

/**
 * x [B, C, H, W] → [B, C, h, w]: place i along an axis is the mean from ⌊i·H/h⌋ up to ⌈(i + 1)·H/h⌉, as PyTorch's
 * adaptive_avg_pool2d. Where h and w divide H and W an ordinary pool, else a product with a matrix for each axis.
 */
export function adaptiveAveragePool(x: Tensor, size: number | readonly [number, number]): Tensor {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  const [, , rows, columns] = x.shape;
  if (x.rank !== 4 || ![height, width].every((n) => Number.isInteger(n) && n > 0))
    throw graphError(
      "shape/pool",
      `adaptiveAveragePool: ${show(x)} to ${height}×${width} is not [B, C, H, W] to sizes`,
    );
  if (rows === height && columns === width) return x;
  if (rows % height === 0 && columns % width === 0) return averagePool(x, [rows / height, columns / width]);
  const along = x.matmul(meansMatrix(columns, width).transpose()); // [B, C, H, w]
  return meansMatrix(rows, height).matmul(along);
}

/** [to, from], row i the weights of place i. */
function meansMatrix(from: number, to: number): Tensor {
  const values = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const [start, end] = [Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to)];
    values.fill(1 / (end - start), i * from + start, i * from + end);
  }
  return constantOf(hostTensor("float32", [to, from], values));
}
