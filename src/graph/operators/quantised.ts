/** Products and conversions of quantised numbers (uint8 with a zero point and a scale). Inference only. */
import { FoveaError } from "../../errors/fovea-error.ts";
import { int } from "../attributes.ts";
import { dtypes, type Shape } from "../dtype.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { show, type Tensor } from "../tensor.ts";
import { checkDTypes } from "./binary.ts";
import { matmulShape } from "./matmul.ts";
import { placesOf, windowAttributes, windowOf, type WindowAttributes } from "./window.ts";
import { ints } from "../attributes.ts";

function checkByte(type: string, name: string, tensor: Tensor | undefined): void {
  if (tensor !== undefined && tensor.dtype !== "uint8")
    throw new FoveaError("dtype/quantised", `${type}: ${name} ${show(tensor)} is ${tensor.dtype}, not uint8`);
}

/** One scale, or one for each entry of `axis` (for each block of it where `block_size` is given). */
function checkScale(type: string, x: Tensor, scale: Tensor, axis: number, blockSize: number): void {
  const at = x.rank === 0 ? 0 : axis < 0 ? axis + x.rank : axis;
  const fits =
    scale.size === 1 ||
    (blockSize === 0
      ? scale.rank === 1 && scale.size === x.shape[at]
      : scale.rank === x.rank &&
        scale.shape.every((size, i) => size === (i === at ? Math.ceil(x.shape[i] / blockSize) : x.shape[i])));
  if (!fits || !dtypes[scale.dtype].floating)
    throw new FoveaError("shape/quantised", `${type}: scale ${show(scale)} does not fit axis ${axis} of ${show(x)}`);
}

const quantisation = { axis: int(1), saturate: int(1) };

/** ONNX QuantizeLinear-19: round(x/scale) + zero point, limited to uint8. */
export const QuantizeLinear = defineOperator({
  type: "QuantizeLinear",
  opset: 19,
  inputs: ["x", "scale", "zero?"],
  outputs: ["y"],
  attributes: quantisation,
  infer({ x, scale, zero }, { axis }): { y: TensorType } {
    checkByte("QuantizeLinear", "the zero point", zero);
    checkScale("QuantizeLinear", x, scale, axis, 0);
    return { y: { shape: x.shape, dtype: "uint8" } };
  },
  gradientless: true,
});

/** ONNX DequantizeLinear-19: (x − zero point)·scale. */
export const DequantizeLinear = defineOperator({
  type: "DequantizeLinear",
  opset: 19,
  inputs: ["x", "scale", "zero?"],
  outputs: ["y"],
  attributes: { axis: int(1) },
  infer({ x, scale, zero }, { axis }): { y: TensorType } {
    if (x.dtype !== "int32") checkByte("DequantizeLinear", "x", x);
    if (zero !== undefined) checkDTypes("DequantizeLinear", x, zero);
    checkScale("DequantizeLinear", x, scale, axis, 0);
    return { y: { shape: x.shape, dtype: scale.dtype } };
  },
  gradientless: true,
});

/** ONNX DynamicQuantizeLinear-11: x as uint8 with the scale and zero point of its own range. */
export const DynamicQuantizeLinear = defineOperator({
  type: "DynamicQuantizeLinear",
  opset: 11,
  inputs: ["x"],
  outputs: ["y", "scale", "zero"],
  infer: ({ x }) => ({
    y: { shape: x.shape, dtype: "uint8" },
    scale: { shape: [], dtype: "float32" },
    zero: { shape: [], dtype: "uint8" },
  }),
  gradientless: true,
});

/** ONNX MatMulInteger-10: (A − a₀)·(B − b₀) in int32. */
export const MatMulInteger = defineOperator({
  type: "MatMulInteger",
  opset: 10,
  inputs: ["a", "b", "aZero?", "bZero?"],
  outputs: ["y"],
  infer({ a, b, aZero, bZero }): { y: TensorType } {
    Object.entries({ a, b, aZero, bZero }).forEach(([name, tensor]) => checkByte("MatMulInteger", name, tensor));
    return { y: { shape: matmulShape("MatMulInteger", a, b), dtype: "int32" } };
  },
});

/** ONNX QLinearMatMul-10: a product of quantised matrices, quantised again. */
export const QLinearMatMul = defineOperator({
  type: "QLinearMatMul",
  opset: 10,
  inputs: ["a", "aScale", "aZero", "b", "bScale", "bZero", "yScale", "yZero"],
  outputs: ["y"],
  infer({ a, b, aZero, bZero, yZero }): { y: TensorType } {
    Object.entries({ a, b, aZero, bZero, yZero }).forEach(([name, tensor]) => checkByte("QLinearMatMul", name, tensor));
    return { y: { shape: matmulShape("QLinearMatMul", a, b), dtype: "uint8" } };
  },
  gradientless: true,
});

const convolution = { ...windowAttributes, group: int(1), kernel_shape: ints(undefined) };

function convShape(type: string, x: Tensor, w: Tensor, group: number, given: WindowAttributes): Shape {
  if (x.rank !== w.rank || x.rank < 3 || x.shape[1] !== w.shape[1] * group || w.shape[0] % group !== 0)
    throw new FoveaError("shape/conv", `${type}: x ${show(x)} and weight ${show(w)} do not fit`);
  return [x.shape[0], w.shape[0], ...placesOf(type, x, windowOf(type, x, w.shape.slice(2), given))];
}

/** ONNX ConvInteger-10: (x − x₀) ∗ (w − w₀) in int32. */
export const ConvInteger = defineOperator({
  type: "ConvInteger",
  opset: 10,
  inputs: ["x", "w", "xZero?", "wZero?"],
  outputs: ["y"],
  attributes: convolution,
  infer({ x, w, xZero, wZero }, { group, ...given }): { y: TensorType } {
    Object.entries({ x, w, xZero, wZero }).forEach(([name, tensor]) => checkByte("ConvInteger", name, tensor));
    return { y: { shape: convShape("ConvInteger", x, w, group, given), dtype: "int32" } };
  },
});

/** ONNX QLinearConv-10: a convolution of quantised tensors, quantised again. */
export const QLinearConv = defineOperator({
  type: "QLinearConv",
  opset: 10,
  inputs: ["x", "xScale", "xZero", "w", "wScale", "wZero", "yScale", "yZero", "bias?"],
  outputs: ["y"],
  attributes: convolution,
  infer({ x, w, xZero, wZero, yZero }, { group, ...given }): { y: TensorType } {
    Object.entries({ x, w, xZero, wZero, yZero }).forEach(([name, tensor]) => checkByte("QLinearConv", name, tensor));
    return { y: { shape: convShape("QLinearConv", x, w, group, given), dtype: "uint8" } };
  },
  gradientless: true,
});
