/** Operators that add, remove or merge axes and move no values: Unsqueeze, Squeeze, Flatten. All adjoints are reshapes. */
import { FoveaError } from "../../errors/fovea-error.ts";
import { int } from "../attributes.ts";
import { sizeOf } from "../dtype.ts";
import { defineOperator } from "../operator.ts";
import { show } from "../tensor.ts";
import { constantValues } from "./constant-input.ts";

/** ONNX Unsqueeze-13: axes of size 1 put in where the result has `axes`. */
export const Unsqueeze = defineOperator({
  type: "Unsqueeze",
  opset: 13,
  inputs: ["x", "axes"],
  outputs: ["y"],
  infer({ x, axes }) {
    const list = constantValues("Unsqueeze", "axes", axes);
    const rank = x.rank + list.length;
    const added = new Set(list.map((axis) => (axis < 0 ? axis + rank : axis)));
    if (added.size !== list.length || [...added].some((axis) => !(axis >= 0 && axis < rank)))
      throw new FoveaError("shape/axis", `Unsqueeze: axes [${list.join(", ")}] do not fit ${show(x)}`);
    const rest = x.shape[Symbol.iterator]();
    const shape = Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (rest.next().value as number)));
    return { y: { shape, dtype: x.dtype } };
  },
  gradient: ({ x }, { dy }) => ({ x: dy.reshape(x.shape) }),
});

/** ONNX Squeeze-13: without the given axes, which have size 1 (default: all such). */
export const Squeeze = defineOperator({
  type: "Squeeze",
  opset: 13,
  inputs: ["x", "axes?"],
  outputs: ["y"],
  infer({ x, axes }) {
    const list = axes === undefined ? undefined : constantValues("Squeeze", "axes", axes);
    const removed = new Set(list?.map((axis) => x.axis(axis, "Squeeze")));
    const long = [...removed].find((axis) => x.shape[axis] !== 1);
    if (long !== undefined)
      throw new FoveaError("shape/axis", `Squeeze: axis ${long} of ${show(x)} is ${x.shape[long]} long, not 1`);
    const shape = x.shape.filter((size, i) => (list === undefined ? size !== 1 : !removed.has(i)));
    return { y: { shape, dtype: x.dtype } };
  },
  gradient: ({ x }, { dy }) => ({ x: dy.reshape(x.shape) }),
});

/** ONNX Flatten-13: a matrix, the axes before `axis` as rows and the rest as columns. */
export const Flatten = defineOperator({
  type: "Flatten",
  opset: 13,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { axis: int(1) },
  infer({ x }, { axis }) {
    if (axis < -x.rank || axis > x.rank)
      throw new FoveaError("shape/axis", `Flatten: axis ${axis} is outside ${show(x)}; use ${-x.rank} to ${x.rank}`);
    const rows = sizeOf(x.shape.slice(0, axis < 0 ? axis + x.rank : axis));
    return { y: { shape: [rows, rows === 0 ? 0 : x.size / rows], dtype: x.dtype } };
  },
  gradient: ({ x }, { dy }) => ({ x: dy.reshape(x.shape) }),
});
