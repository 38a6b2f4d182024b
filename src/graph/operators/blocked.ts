/**
 * ONNX Runtime's own operators on blocked activations (NCHWc): declared [B, C, H, W], stored [B, C/b, H, W, b] with the
 * block size b of the processor. Only the layout pass (runtime/layout) writes them, behind autodiff: no gradients. What a
 * node's tensors hold cannot be seen from their shapes, so nothing else may touch them.
 */
import { int, ints, string } from "../attributes.ts";
import { sizeOf } from "../dtype.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import { placesOf, windowAttributes, windowOf } from "./window.ts";

const domain = "com.microsoft.nchwc";

/**
 * y = activation(x ∗ w + bias + sum). x blocked [B, C, H, W], w [K/b, C/b, kh, kw, b in, b out] declared [K, C, kh, kw];
 * with fewer than b channels x is plain and w [K/b, C, kh, kw, b]; with group = C = K (depthwise) w is [C/b, kh, kw, b].
 */
export const BlockedConv = defineOperator({
  type: "Conv",
  domain,
  opset: 1,
  inputs: ["x", "w", "bias?", "sum?"],
  outputs: ["y"],
  attributes: { ...windowAttributes, group: int(1), kernel_shape: ints(undefined), activation: string(undefined) },
  infer({ x, w }, { group: _group, kernel_shape: _kernel, activation: _activation, ...given }): { y: TensorType } {
    const window = windowOf("Conv", x, w.shape.slice(2), given);
    return { y: { shape: [x.shape[0], w.shape[0], ...placesOf("Conv", x, window)], dtype: x.dtype } };
  },
  flops: ({ w, y }) => 2 * y.size * sizeOf(w.shape.slice(1)),
});

/** Mean over the places: blocked [B, C, H, W] → [B, C, 1, 1], which is plain too. */
export const BlockedGlobalAveragePool = defineOperator({
  type: "GlobalAveragePool",
  domain,
  opset: 1,
  inputs: ["x"],
  outputs: ["y"],
  infer: ({ x }): { y: TensorType } => ({ y: { shape: [x.shape[0], x.shape[1], 1, 1], dtype: x.dtype } }),
});

const poolAttributes = { ...windowAttributes, kernel_shape: ints(), ceil_mode: int(0) };
const pooled = (x: Tensor, kernel: readonly number[], ceil: number, given: Parameters<typeof windowOf>[3]) => {
  const window = windowOf("pool", x, kernel, given);
  return { y: { shape: [...x.shape.slice(0, 2), ...placesOf("pool", x, window, ceil === 1)], dtype: x.dtype } };
};

export const BlockedMaxPool = defineOperator({
  type: "MaxPool",
  domain,
  opset: 1,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { ...poolAttributes, storage_order: int(0) },
  infer: ({ x }, { kernel_shape, ceil_mode, ...given }) => pooled(x, kernel_shape, ceil_mode, given),
});

export const BlockedAveragePool = defineOperator({
  type: "AveragePool",
  domain,
  opset: 1,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { ...poolAttributes, count_include_pad: int(0) },
  infer: ({ x }, { kernel_shape, ceil_mode, ...given }) => pooled(x, kernel_shape, ceil_mode, given),
});

/** Nearest neighbour by whole factors `scales` [1, 1, fh, fw]. */
export const BlockedUpsample = defineOperator({
  type: "Upsample",
  domain,
  opset: 1,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { scales: ints(), mode: string("nearest") },
  infer: ({ x }, { scales }) => ({ y: { shape: x.shape.map((size, i) => size * scales[i]), dtype: x.dtype } }),
});

/** Plain → blocked, C a multiple of 4. Dimension 1 of what it returns is C rounded up to the block size. */
export const ReorderInput = defineOperator({
  type: "ReorderInput",
  domain,
  opset: 1,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { channels_last: int(0) },
  infer: ({ x }) => ({ y: x }),
});

/** Blocked → plain, the first `channels`. */
export const ReorderOutput = defineOperator({
  type: "ReorderOutput",
  domain,
  opset: 1,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { channels: int(), channels_last: int(0) },
  infer: ({ x }, { channels }): { y: TensorType } => ({
    y: { shape: [x.shape[0], channels, ...x.shape.slice(2)], dtype: x.dtype },
  }),
});
