/** Element-wise largest and smallest of several tensors, and Clip. */
import { FoveaError } from "../../errors/fovea-error.ts";
import { broadcast, sumTo } from "../broadcast.ts";
import { graphError } from "../graph-error.ts";
import { defineOperator } from "../operator.ts";
import { scalar, show, type Operand, type Tensor } from "../tensor.ts";
import { checkDTypes } from "./binary.ts";

function defineExtreme(type: "Max" | "Min") {
  return defineOperator({
    type,
    opset: 13,
    inputs: ["...xs"],
    outputs: ["y"],
    infer({ xs }) {
      const [first] = xs;
      if (first === undefined) throw new FoveaError("shape/broadcast", `${type}: no tensors`);
      for (const x of xs) checkDTypes(type, first, x);
      return { y: { shape: broadcast(type, ...xs), dtype: first.dtype } };
    },
    // each tensor that holds the extreme gets an equal share of dy, as in PyTorch
    gradient({ xs, y }, { dy }) {
      const hits = xs.map((x) => x.equal(y).cast(y.dtype));
      const share = dy.div(hits.reduce((sum, hit) => sum.add(hit)));
      return { xs: hits.map((hit, i) => sumTo(share.mul(hit), xs[i].shape)) };
    },
  });
}

export const Max = defineExtreme("Max");
export const Min = defineExtreme("Min");

/** The larger of x and y, element by element; broadcasts. At equal values each gets half the gradient. */
export const maximum = (x: Tensor, y: Operand): Tensor => Max({ xs: [x, x.operand(y)] }).y;
/** The smaller of x and y, element by element; broadcasts. At equal values each gets half the gradient. */
export const minimum = (x: Tensor, y: Operand): Tensor => Min({ xs: [x, x.operand(y)] }).y;

/** ONNX Clip-13: min(max(x, least), most), the bounds scalars. */
export const Clip = defineOperator({
  type: "Clip",
  opset: 13,
  inputs: ["x", "least?", "most?"],
  outputs: ["y"],
  infer({ x, least, most }) {
    for (const bound of [least, most]) {
      if (bound === undefined) continue;
      checkDTypes("Clip", x, bound);
      if (bound.size !== 1) throw new FoveaError("shape/clip", `Clip: the bound ${show(bound)} is not a scalar`);
    }
    return { y: x };
  },
  // x: dy where least ≤ x ≤ most (both included, as in PyTorch); a bound: Σ dy where it is the result
  gradient({ x, least, most }, { dy }) {
    const total = (d: Tensor, bound: Tensor): Tensor => d.sum().reshape(bound.shape);
    const above = least === undefined ? dy : x.greaterOrEqual(least).where(dy, 0);
    const within = most === undefined ? dy : most.greaterOrEqual(least ?? x).where(dy, 0);
    const raised = least === undefined ? x : Max({ xs: [x, least] }).y;
    return {
      x: most === undefined ? above : most.greaterOrEqual(x).where(above, 0),
      least: least === undefined ? undefined : total(x.less(least).where(within, 0), least),
      most: most === undefined ? undefined : total(raised.greater(most).where(dy, 0), most),
    };
  },
});

/** x limited to the range from `min` to `max`; either may be left out. Keeps the shape. */
export function clamp(x: Tensor, { min, max }: { readonly min?: number; readonly max?: number }): Tensor {
  if (min !== undefined && max !== undefined && min > max)
    throw graphError("graph/clamp", `clamp: min ${min} is above max ${max}`);
  const bound = (value: number | undefined): Tensor | undefined =>
    value === undefined ? undefined : scalar(value, x.dtype);
  return Clip({ x, least: bound(min), most: bound(max) }).y;
}
