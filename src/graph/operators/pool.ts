/** Pools over the spatial axes of x [B, C, ...S]. */
import { int, ints } from "../attributes.ts";
import { hostTensor } from "../dtype.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { constantOf, filled, int64Constant, type Tensor } from "../tensor.ts";
import { ConvTranspose } from "./conv.ts";
import { indexSelect, scatterAdd } from "./gather.ts";
import { concat } from "./layout.ts";
import { pad } from "./pad.ts";
import {
  attributesOf,
  forEachAxis,
  placesOf,
  spans,
  tapsOf,
  underTap,
  windowAttributes,
  windowOf,
  type Window,
} from "./window.ts";

/** ONNX MaxPool-12: the largest value in each window, and its index in the flattened input. */
export const MaxPool = defineOperator({
  type: "MaxPool",
  opset: 12,
  inputs: ["x"],
  outputs: ["y", "indices?"],
  attributes: { ...windowAttributes, kernel_shape: ints(), ceil_mode: int(0), storage_order: int(0) },
  infer({ x }, { kernel_shape, ceil_mode, ...given }): { y: TensorType; indices: TensorType } {
    const window = windowOf("MaxPool", x, kernel_shape, given);
    const shape = [...x.shape.slice(0, 2), ...placesOf("MaxPool", x, window, ceil_mode === 1)];
    return { y: { shape, dtype: x.dtype }, indices: { shape, dtype: "int64" } };
  },
  // each dy goes to the element that was the largest, the first of equals
  gradient({ x }, { dy }, { kernel_shape, ...given }) {
    const window = windowOf("MaxPool", x, kernel_shape, given);
    const planes = x.shape[0] * x.shape[1];
    const [size, places] = [x.size / planes, dy.size / planes];
    const indices = largestIndices(x, dy.shape.slice(2), window).reshape([planes, places]);
    const dx = scatterAdd(filled([planes, size], 0, dy.dtype), indices, dy.reshape([planes, places]), 1);
    return { x: dx.reshape(x.shape) };
  },
});

/**
 * Index within its plane of the largest element of each window, [B, C, P]. Found again from x: MaxPool's own output for
 * it does not exist on the WebGPU provider (1.30).
 */
function largestIndices(x: Tensor, places: readonly number[], window: Window): Tensor {
  const sizes = x.shape.slice(2);
  const span = spans(window);
  const after = places.map((count, i) =>
    Math.max(window.after[i], (count - 1) * window.strides[i] + span[i] - window.before[i] - sizes[i]),
  );
  const padded = pad(
    x,
    window.before.map((before, i) => [before, after[i]] as const),
    { value: -Infinity },
  );
  const taps = tapsOf(window.kernel);
  const count = places.reduce((product, n) => product * n, 1);
  const stacked = concat(
    taps.map((tap) => underTap(padded, tap, window, places).reshape([...x.shape.slice(0, 2), 1, count])),
    2,
  );
  const inPlane = (position: readonly number[]): number => position.reduce((sum, at, i) => sum * sizes[i] + at, 0);
  const offsets = taps.map((tap) => inPlane(tap.map((at, i) => at * window.dilations[i])));
  const corners = tapsOf(places).map((place) =>
    inPlane(place.map((at, i) => at * window.strides[i] - window.before[i])),
  );
  return indexSelect(int64Constant(offsets), stacked.argmax(2)).add(int64Constant(corners));
}

/** ONNX AveragePool-19: the mean of each window; padding counts only with `count_include_pad`. */
export const AveragePool = defineOperator({
  type: "AveragePool",
  opset: 19,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { ...windowAttributes, kernel_shape: ints(), ceil_mode: int(0), count_include_pad: int(0) },
  infer({ x }, { kernel_shape, ceil_mode, ...given }): { y: TensorType } {
    const window = windowOf("AveragePool", x, kernel_shape, given);
    const places = placesOf("AveragePool", x, window, ceil_mode === 1);
    return { y: { shape: [...x.shape.slice(0, 2), ...places], dtype: x.dtype } };
  },
  // dy divided by the window's count, spread over the window: a depth-wise transposed convolution with ones
  gradient({ x }, { dy }, { kernel_shape, count_include_pad, ...given }): { x: Tensor } {
    const window = windowOf("AveragePool", x, kernel_shape, given);
    const shares = dy.mul(inverseCounts(x, dy, window, count_include_pad === 1));
    const span = spans(window);
    const reached = dy.shape.slice(2).map((places, i) => (places - 1) * window.strides[i] + span[i] - window.before[i]);
    // windows that hang over the end are cut there, rows that no window reached are padded
    const after = reached.map((size, i) => Math.max(0, size - x.shape[i + 2]));
    const output_padding = reached.map((size, i) => Math.max(0, x.shape[i + 2] - size));
    const ones = filled([x.shape[1], 1, ...window.kernel], 1, dy.dtype);
    const attributes = { ...attributesOf({ ...window, after }), group: x.shape[1], output_padding };
    return { x: ConvTranspose({ x: shares, w: ones }, attributes).y };
  },
});

/** 1/(elements that a window averages) for each place: [1, 1, ...places]. */
function inverseCounts(x: Tensor, dy: Tensor, window: Window, includePad: boolean): Tensor {
  const places = dy.shape.slice(2);
  const along = places.map((count, i) =>
    Array.from({ length: count }, (_, place) => {
      const start = place * window.strides[i] - window.before[i];
      const [first, end] = includePad ? [-window.before[i], x.shape[i + 2] + window.after[i]] : [0, x.shape[i + 2]];
      const at = Array.from({ length: window.kernel[i] }, (_, tap) => start + tap * window.dilations[i]);
      return at.filter((position) => position >= first && position < end).length;
    }),
  );
  const counts = along.reduce<number[]>((all, some) => all.flatMap((a) => some.map((b) => a * b)), [1]);
  const values = Float32Array.from(counts, (count) => 1 / count);
  return constantOf(hostTensor("float32", [1, 1, ...places], values)).cast(dy.dtype);
}

export interface PoolOptions {
  /** One number for all spatial axes, or one for each; default: the kernel, so that windows lie side by side. */
  readonly stride?: number | readonly number[];
  readonly padding?: number | readonly number[];
}

const attributes = (x: Tensor, kernel: number | readonly number[], { stride = kernel, padding = 0 }: PoolOptions) => {
  const pads = forEachAxis(padding, x.rank - 2);
  return {
    kernel_shape: forEachAxis(kernel, x.rank - 2),
    strides: forEachAxis(stride, x.rank - 2),
    pads: [...pads, ...pads],
  };
};

/** Largest value in each window: [B, C, ...S] → [B, C, ...places]. */
export const maxPool = (x: Tensor, kernel: number | readonly number[], options: PoolOptions = {}): Tensor =>
  MaxPool({ x }, attributes(x, kernel, options)).y;

/** Mean of each window, zeros of the padding included unless `countPadding` is false (PyTorch's count_include_pad). */
export const averagePool = (
  x: Tensor,
  kernel: number | readonly number[],
  { countPadding = true, ...options }: PoolOptions & { readonly countPadding?: boolean } = {},
): Tensor => AveragePool({ x }, { ...attributes(x, kernel, options), count_include_pad: countPadding ? 1 : 0 }).y;
