import { FoveaError } from "../../errors/fovea-error.ts";

/** Mean and deviation of the window around every pixel of one plane, both [H, W] in double. */
export interface LocalStatistics {
  readonly mean: Float64Array;
  /** √(variance + 1e-6), variance unbiased: what a target is divided by. */
  readonly deviation: Float64Array;
}

/**
 * Statistics of the k × k window around each pixel of `plane` [H, W], cut at the borders: of its n valid pixels
 * mean = Σx/n and deviation = √(max(0, (Σx²/n − mean²)·n/(n−1)) + 1e-6).
 *
 * Summed-area tables in double: Σx²/n − mean² cancels in flat regions, where float32 would leave noise.
 *
 * @param window k, odd, ≥ 1; k = 1 gives variance 0
 */
export function localStatistics(
  plane: ArrayLike<number>,
  { height, width, window }: { readonly height: number; readonly width: number; readonly window: number },
): LocalStatistics {
  const [sums, squares] = summedAreas(plane, height, width);
  const mean = new Float64Array(height * width);
  const deviation = new Float64Array(height * width);
  const reach = (window - 1) / 2;
  const stride = width + 1;
  for (let y = 0; y < height; y++) {
    const top = Math.max(0, y - reach) * stride;
    const bottom = Math.min(height, y + reach + 1) * stride;
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - reach);
      const right = Math.min(width, x + reach + 1);
      const n = ((bottom - top) / stride) * (right - left);
      const boxMean = (sums[bottom + right] - sums[top + right] - sums[bottom + left] + sums[top + left]) / n;
      const boxSquare =
        (squares[bottom + right] - squares[top + right] - squares[bottom + left] + squares[top + left]) / n;
      const variance = n > 1 ? Math.max(0, ((boxSquare - boxMean * boxMean) * n) / (n - 1)) : 0;
      mean[y * width + x] = boxMean;
      deviation[y * width + x] = Math.sqrt(variance + 1e-6); // inside the root: bounds flat regions (section 10)
    }
  }
  return { mean, deviation };
}

/** Tables [H+1, W+1]: entry (y, x) is the sum over rows below y and columns below x, of the values and their squares. */
function summedAreas(plane: ArrayLike<number>, height: number, width: number): [Float64Array, Float64Array] {
  const stride = width + 1;
  const sums = new Float64Array((height + 1) * stride);
  const squares = new Float64Array((height + 1) * stride);
  for (let y = 0; y < height; y++) {
    let [row, rowSquares] = [0, 0];
    for (let x = 0; x < width; x++) {
      const value = plane[y * width + x];
      row += value;
      rowSquares += value * value;
      const at = (y + 1) * stride + x + 1;
      sums[at] = sums[at - stride] + row;
      squares[at] = squares[at - stride] + rowSquares;
    }
  }
  return [sums, squares];
}

/**
 * SimMIM's normalised target: (x − mean) / deviation of each pixel's own window, each plane by itself. Source:
 * data-scaling section 3.4 (norm_targets of models/simmim.py).
 *
 * @param images [..., H, W], already normalised with the data set's mean and standard deviation
 * @throws FoveaError for an even window
 */
export function normalisedTargets(
  images: Float32Array,
  shape: { readonly height: number; readonly width: number; readonly window: number },
): Float32Array<ArrayBuffer> {
  checkWindow(shape.window);
  const area = shape.height * shape.width;
  const targets = new Float32Array(images.length);
  for (let start = 0; start < images.length; start += area) {
    const { mean, deviation } = localStatistics(images.subarray(start, start + area), shape);
    for (let i = 0; i < area; i++) targets[start + i] = (images[start + i] - mean[i]) / deviation[i];
  }
  return targets;
}

function checkWindow(window: number): void {
  if (Number.isInteger(window) && window >= 1 && window % 2 === 1) return;
  throw new FoveaError("data-scaling/window", `target.window: ${window} is not an odd number from 1`, { exitCode: 2 });
}
