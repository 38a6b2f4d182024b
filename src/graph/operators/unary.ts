/** Element-wise operators of one tensor. Each line is the derivative, in terms of x and y = f(x). */
import { defineOperator } from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import { step } from "./activations.ts";

function defineUnary(type: string, opset: number, rule?: (d: Tensor, x: Tensor, y: Tensor) => Tensor) {
  return defineOperator({
    type,
    opset,
    inputs: ["x"],
    outputs: ["y"],
    infer: ({ x }) => ({ y: x }),
    gradient: rule === undefined ? undefined : ({ x, y }, { dy }) => ({ x: rule(dy, x, y) }),
  });
}

export const Neg = defineUnary("Neg", 13, (d) => d.neg());
export const Exp = defineUnary("Exp", 13, (d, _x, y) => d.mul(y));
export const Log = defineUnary("Log", 13, (d, x) => d.div(x));
export const Sqrt = defineUnary("Sqrt", 13, (d, _x, y) => d.div(y.mul(2)));
export const Abs = defineUnary("Abs", 13, (d, x) => d.mul(Sign({ x }).y));
export const Sign = defineUnary("Sign", 13, (d) => d.mul(0));
export const Reciprocal = defineUnary("Reciprocal", 13, (d, _x, y) => d.mul(y).mul(y).neg());
// 2/√π · e^(−x²)
export const Erf = defineUnary("Erf", 13, (d, x) =>
  d.mul(
    x
      .mul(x)
      .neg()
      .exp()
      .mul(2 / Math.sqrt(Math.PI)),
  ),
);
export const Tanh = defineUnary("Tanh", 13, (d, _x, y) => d.sub(d.mul(y).mul(y)));
export const Sigmoid = defineUnary("Sigmoid", 13, (d, _x, y) => d.mul(y.sub(y.mul(y))));
export const Relu = defineUnary("Relu", 14, (d, _x, y) => d.mul(step(y)));
export const Sin = defineUnary("Sin", 7, (d, x) => d.mul(Cos({ x }).y));
export const Cos = defineUnary("Cos", 7, (d, x) => d.mul(Sin({ x }).y).neg());
// 1 + tan²
export const Tan = defineUnary("Tan", 7, (d, _x, y) => d.add(d.mul(y).mul(y)));
// ±1/√(1 − x²)
export const Asin = defineUnary("Asin", 7, (d, x) => d.div(x.mul(x).neg().add(1).sqrt()));
export const Acos = defineUnary("Acos", 7, (d, x) => d.div(x.mul(x).neg().add(1).sqrt()).neg());
export const Atan = defineUnary("Atan", 7, (d, x) => d.div(x.mul(x).add(1)));
export const Sinh = defineUnary("Sinh", 9, (d, x) => d.mul(Cosh({ x }).y));
export const Cosh = defineUnary("Cosh", 9, (d, x) => d.mul(Sinh({ x }).y));
export const Asinh = defineUnary("Asinh", 9, (d, x) => d.div(x.mul(x).add(1).sqrt()));
export const Acosh = defineUnary("Acosh", 9, (d, x) => d.div(x.mul(x).sub(1).sqrt()));
export const Atanh = defineUnary("Atanh", 9, (d, x) => d.div(x.mul(x).neg().add(1)));
export const Identity = defineUnary("Identity", 19, (d) => d);
export const Not = defineUnary("Not", 1);
// steps: the derivative is 0 wherever it exists
export const Floor = defineUnary("Floor", 13, (d) => d.mul(0));
export const Ceil = defineUnary("Ceil", 13, (d) => d.mul(0));
export const Round = defineUnary("Round", 11, (d) => d.mul(0));
