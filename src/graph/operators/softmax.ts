import { int } from "../attributes.ts";
import { defineOperator } from "../operator.ts";
import type { Tensor } from "../tensor.ts";

/** ONNX Softmax-13: exp(x) scaled to sum to 1 along `axis`. */
export const Softmax = defineOperator({
  type: "Softmax",
  opset: 13,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { axis: int(-1) },
  infer({ x }, { axis }) {
    x.axis(axis, "Softmax");
    return { y: x };
  },
  // dx = y ⊙ (dy − Σ_axis y ⊙ dy); y is at hand, so x is not needed
  gradient: ({ y }, { dy }, { axis }) => ({ x: y.mul(dy.sub(y.mul(dy).sum(axis, { keepDims: true }))) }),
});

/** Softmax of `x`, any floating shape, along `axis`; the result keeps the shape. */
export const softmax = (x: Tensor, axis = -1): Tensor => Softmax({ x }, { axis }).y;

/** ONNX LogSoftmax-13: x − log Σ_axis eˣ. */
export const LogSoftmax = defineOperator({
  type: "LogSoftmax",
  opset: 13,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { axis: int(-1) },
  infer({ x }, { axis }) {
    x.axis(axis, "LogSoftmax");
    return { y: x };
  },
  // dx = dy − eʸ ⊙ Σ_axis dy
  gradient: ({ y }, { dy }, { axis }) => ({ x: dy.sub(y.exp().mul(dy.sum(axis, { keepDims: true }))) }),
});

/** Logarithm of the softmax of `x` along `axis`; the result keeps the shape. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => LogSoftmax({ x }, { axis }).y;
