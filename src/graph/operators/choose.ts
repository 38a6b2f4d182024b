/** Operators that choose or convert: Where, Cast, ArgMax, ArgMin. */
import { FoveaError } from "../../errors/fovea-error.ts";
import { int } from "../attributes.ts";
import { broadcast, sumTo } from "../broadcast.ts";
import { dtypeOfCode, dtypes, type DType } from "../dtype.ts";
import { defineOperator } from "../operator.ts";
import { scalar, show } from "../tensor.ts";
import { checkDTypes } from "./binary.ts";

/** x where the condition holds, else y; all three broadcast. */
export const Where = defineOperator({
  type: "Where",
  opset: 16,
  inputs: ["condition", "x", "y"],
  outputs: ["z"],
  infer({ condition, x, y }) {
    if (condition.dtype !== "bool")
      throw new FoveaError("dtype/where", `Where: the condition ${show(condition)} is not bool`);
    checkDTypes("Where", x, y);
    return { z: { shape: broadcast("Where", condition, x, y), dtype: x.dtype } };
  },
  gradient({ condition, x, y }, { dz }) {
    const zero = scalar(0, dz.dtype);
    return { x: sumTo(condition.where(dz, zero), x.shape), y: sumTo(condition.where(zero, dz), y.shape) };
  },
});

/** The same values as another element type. */
export const Cast = defineOperator({
  type: "Cast",
  opset: 19,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { to: int(), saturate: int(1) },
  infer: ({ x }, { to }) => ({ y: { shape: x.shape, dtype: targetOf(to) } }),
  gradient: ({ x, y }, { dy }) => ({
    x: dtypes[x.dtype].floating && dtypes[y.dtype].floating ? dy.cast(x.dtype) : undefined,
  }),
});

function targetOf(code: number): DType {
  const dtype = dtypeOfCode(code);
  if (dtype === undefined) throw new FoveaError("dtype/cast", `Cast: element type ${code} is not supported`);
  return dtype;
}

function defineArgument(type: "ArgMax" | "ArgMin") {
  return defineOperator({
    type,
    opset: 13,
    inputs: ["x"],
    outputs: ["y"],
    attributes: { axis: int(0), keepdims: int(1), select_last_index: int(0) },
    infer({ x }, { axis, keepdims }) {
      const at = x.axis(axis, type);
      return { y: { shape: x.shape.flatMap((size, i) => (i !== at ? [size] : keepdims ? [1] : [])), dtype: "int64" } };
    },
  });
}

/** Index (int64) of the largest value along `axis`; the first of equals, or the last. */
export const ArgMax = defineArgument("ArgMax");
/** Index (int64) of the smallest value along `axis`; the first of equals, or the last. */
export const ArgMin = defineArgument("ArgMin");
