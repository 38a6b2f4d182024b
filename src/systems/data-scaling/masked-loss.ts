import type { Tensor } from "../../graph/tensor.ts";

/**
 * Every element of a square map repeated `factor` times in both directions: [B, P, P] → [B, P·factor, P·factor].
 * A mask of cells becomes one of tokens or of pixels.
 */
export function enlarged(map: Tensor, factor: number): Tensor {
  const [batch, rows, columns] = map.shape;
  const repeated = map.reshape([batch, rows, 1, columns, 1]).expand([batch, rows, factor, columns, factor]);
  return repeated.reshape([batch, rows * factor, columns * factor]);
}

/**
 * SimMIM's loss, the mean absolute error over masked pixels and channels:
 * L = Σ m(b,p) Σ_c |x̂ − target| / (Σ m(b,p) + 1e-5) / C. Source: data-scaling section 3.5.
 *
 * @param predicted x̂ [B, C, H, W]
 * @param target [B, C, H, W]
 * @param cells [B, H/s, W/s]: 1 where a square of s × s pixels is masked, else 0
 * @returns a scalar
 */
export function maskedLoss(predicted: Tensor, target: Tensor, cells: Tensor): Tensor {
  const [batch, channels, height, width] = predicted.shape;
  const pixels = enlarged(cells, height / cells.shape[1]); // [B, H, W]
  const errors = predicted
    .sub(target)
    .abs()
    .mul(pixels.reshape([batch, 1, height, width]));
  return errors.sum().div(pixels.sum().add(1e-5)).div(channels);
}

/** As `maskedLoss`, for each image by itself: [B]. */
export function maskedLossPerImage(predicted: Tensor, target: Tensor, cells: Tensor): Tensor {
  const [batch, channels, height, width] = predicted.shape;
  const pixels = enlarged(cells, height / cells.shape[1]);
  const errors = predicted
    .sub(target)
    .abs()
    .mul(pixels.reshape([batch, 1, height, width]));
  return errors
    .sum([1, 2, 3])
    .div(pixels.sum([1, 2]).add(1e-5))
    .div(channels);
}
