/** Reductions: axes as attribute (before opset 13 or 18) or input, none meaning all or, on request, nothing. */
import { operatorOf } from "../../registry.ts";
import { filled, int64Constant, type Tensor } from "../../tensor.ts";
import type { Conversion } from "../foreign-node.ts";
import { required, wholeNumbers } from "./inputs.ts";

/** @param each what happens to the elements even where no axis is reduced */
const reduction =
  (type: string, each: (x: Tensor) => Tensor = (x) => x, after: (y: Tensor) => Tensor = (y) => y): Conversion =>
  (node) => {
    const x = required(node, 0);
    const keepdims = node.attributes.int("keepdims", 1);
    const nothing = node.attributes.int("noop_with_empty_axes", 0) === 1;
    const given = wholeNumbers(node, "axes", 1);
    const empty = given === undefined || given.length === 0;
    if (empty && nothing) return [after(each(x))];
    const axes = empty ? x.shape.map((_, i) => i) : given;
    if (x.dtype === "bool" && x.size === 0) return [extremeOfNone(type, x, axes, keepdims)]; // ONNX Runtime refuses
    if (axes.length === 0) return [after(each(x))]; // a scalar
    return [after(operatorOf(type).apply([each(x), int64Constant(axes)], { keepdims })[0])];
  };

/** The largest of no bools is false, the smallest true. */
function extremeOfNone(type: string, x: Tensor, axes: readonly number[], keepdims: number): Tensor {
  const reduced = new Set(axes.map((axis) => x.axis(axis, type)));
  const shape = x.shape.flatMap((size, i) => (!reduced.has(i) ? [size] : keepdims ? [1] : []));
  return filled(shape, type === "ReduceMin" ? 1 : 0, "bool");
}

const square = (x: Tensor): Tensor => x.mul(x);
const sumOfSquares: Conversion = (node) => {
  const given = node.inputs[1] ?? node.attributes.has("axes");
  return given ? reduction("ReduceSumSquare")(node) : reduction("ReduceSum", square)(node);
};

export const reductions: Readonly<Record<string, Conversion>> = {
  ReduceSum: reduction("ReduceSum"),
  ReduceMean: reduction("ReduceMean"),
  ReduceMax: reduction("ReduceMax"),
  ReduceMin: reduction("ReduceMin"),
  ReduceProd: reduction("ReduceProd"),
  ReduceLogSumExp: reduction("ReduceLogSumExp"),
  ReduceL1: reduction("ReduceSum", (x) => x.abs()),
  ReduceL2: reduction("ReduceL2"),
  ReduceLogSum: reduction(
    "ReduceSum",
    (x) => x,
    (y) => y.log(),
  ),
  ReduceSumSquare: sumOfSquares,
};
