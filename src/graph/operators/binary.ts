/**
 * Element-wise operators of two tensors, broadcast as numpy does. Each line: the gradients with respect to a and b in
 * words; `defineBinary` sums them back over the axes that were broadcast.
 */
import { FoveaError } from "../../errors/fovea-error.ts";
import { broadcast, sumTo } from "../broadcast.ts";
import { defineOperator } from "../operator.ts";
import { show, type Tensor } from "../tensor.ts";

type Rule = (d: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor;

function defineBinary(type: string, opset: number, da?: Rule, db?: Rule) {
  return defineOperator({
    type,
    opset,
    inputs: ["a", "b"],
    outputs: ["y"],
    infer({ a, b }) {
      const shape = broadcast(type, a, b);
      checkDTypes(type, a, b);
      return { y: { shape, dtype: a.dtype } };
    },
    gradient:
      da === undefined || db === undefined
        ? undefined
        : ({ a, b, y }, { dy }) => ({ a: sumTo(da(dy, a, b, y), a.shape), b: sumTo(db(dy, a, b, y), b.shape) }),
  });
}

function defineComparison(type: string, opset: number) {
  return defineOperator({
    type,
    opset,
    inputs: ["a", "b"],
    outputs: ["y"],
    infer({ a, b }) {
      const shape = broadcast(type, a, b);
      checkDTypes(type, a, b);
      return { y: { shape, dtype: "bool" } };
    },
  });
}

export function checkDTypes(type: string, a: Tensor, b: Tensor): void {
  if (a.dtype === b.dtype) return;
  throw new FoveaError("dtype/mixed", `${type}: ${show(a)} is ${a.dtype} and ${show(b)} is ${b.dtype}`, {
    hint: "convert one of them with .cast()",
  });
}

export const Add = defineBinary(
  "Add",
  14,
  (d) => d,
  (d) => d,
);
export const Sub = defineBinary(
  "Sub",
  14,
  (d) => d,
  (d) => d.neg(),
);
export const Mul = defineBinary(
  "Mul",
  14,
  (d, _a, b) => d.mul(b),
  (d, a) => d.mul(a),
);
// dy/b; −y·dy/b, which reuses the quotient
export const Div = defineBinary(
  "Div",
  14,
  (d, _a, b) => d.div(b),
  (d, _a, b, y) => d.mul(y).div(b).neg(),
);
// b·a^(b−1); y·ln a, zero where a is 0 as in PyTorch
export const Pow = defineBinary(
  "Pow",
  15,
  (d, a, b) => d.mul(b).mul(a.pow(b.sub(1))),
  (d, a, _b, y) => d.mul(a.equal(0).where(y.mul(0), y.mul(a.log()))),
);

export const Equal = defineComparison("Equal", 19);
export const Greater = defineComparison("Greater", 13);
export const GreaterOrEqual = defineComparison("GreaterOrEqual", 16);
export const Less = defineComparison("Less", 13);
export const LessOrEqual = defineComparison("LessOrEqual", 16);

export const And = defineComparison("And", 7);
export const Or = defineComparison("Or", 7);
