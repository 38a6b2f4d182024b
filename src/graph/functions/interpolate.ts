import { hostTensor } from "../dtype.ts";
import { graphError } from "../graph-error.ts";
import { nearestUpsample } from "../operators/upsample.ts";
import { constantOf, show, type Tensor } from "../tensor.ts";

export interface InterpolateOptions {
  /** `linear` is PyTorch's bilinear for two spatial axes, `cubic` its bicubic (a = −¾). */
  readonly mode?: "nearest" | "linear" | "cubic";
  /** The outer samples lie on the outer samples; else pixels are areas, and their edges meet. */
  readonly alignCorners?: boolean;
}

/**
 * x [B, C, ...S] resampled to the spatial sizes `sizes`, as torch.nn.functional.interpolate without antialiasing.
 * One product with a constant [out, in] matrix an axis, so that its gradient is two products too; ONNX Resize has no
 * gradient operator. Nearest neighbour by whole factors is a Resize whose gradient is an average pool: both have a
 * blocked form (runtime/layout).
 */
export function interpolate(
  x: Tensor,
  sizes: readonly number[],
  { mode = "linear", alignCorners = false }: InterpolateOptions = {},
): Tensor {
  if (sizes.length !== x.rank - 2 || !sizes.every((size) => Number.isInteger(size) && size > 0))
    throw graphError("shape/interpolate", `interpolate: sizes [${sizes.join(", ")}] for ${show(x)}`, {
      hint: "one size from 1 for each axis after [B, C]",
    });
  const factors = sizes.map((size, i) => size / x.shape[i + 2]);
  if (mode === "nearest" && x.dtype === "float32" && factors.every((factor) => Number.isInteger(factor)))
    return factors.every((factor) => factor === 1) ? x : nearestUpsample(x, factors);
  return sizes.reduce<Tensor>((y, size, i) => resample(y, i + 2, size, mode, alignCorners), x);
}

type Mode = NonNullable<InterpolateOptions["mode"]>;

function resample(x: Tensor, axis: number, size: number, mode: Mode, alignCorners: boolean): Tensor {
  if (x.shape[axis] === size) return x;
  const matrix = weights(x.shape[axis], size, mode, alignCorners).cast(x.dtype);
  const rest = x.shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const shape = x.shape.map((old, i) => (i === axis ? size : old));
  if (rest === 1) return x.reshape([-1, x.shape[axis]]).matmul(matrix.transpose()).reshape(shape);
  return matrix.matmul(x.reshape([-1, x.shape[axis], rest])).reshape(shape);
}

/** [out, in]: row i holds the weights of the input samples in output sample i. */
function weights(from: number, to: number, mode: Mode, alignCorners: boolean): Tensor {
  const data = new Float32Array(to * from);
  const step = alignCorners ? (to > 1 ? (from - 1) / (to - 1) : 0) : from / to;
  const inside = (j: number): number => Math.min(Math.max(j, 0), from - 1);
  for (let i = 0; i < to; i++) {
    const add = (j: number, weight: number): void => void (data[i * from + inside(j)] += weight);
    if (mode === "nearest") {
      add(Math.floor((i * from) / to), 1);
      continue;
    }
    const centre = alignCorners ? i * step : (i + 0.5) * step - 0.5;
    const position = mode === "linear" ? Math.max(centre, 0) : centre;
    const first = Math.floor(position);
    const t = position - first;
    if (mode === "linear") [1 - t, t].forEach((weight, k) => add(first + k, weight));
    else [1 + t, t, 1 - t, 2 - t].forEach((distance, k) => add(first - 1 + k, cubic(distance)));
  }
  return constantOf(hostTensor("float32", [to, from], data));
}

/** Keys' cubic convolution kernel with a = −¾, as PyTorch and OpenCV use it. */
function cubic(distance: number): number {
  const a = -0.75;
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance ** 2 + 1;
  return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
}
