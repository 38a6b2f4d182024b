/** Element-wise operators of one tensor. Each line is the derivative, in terms of x and y = f(x). */
import { float } from "../attributes.ts";
import { defineOperator } from "../operator.ts";
import type { Tensor } from "../tensor.ts";

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
// 1 where y > 0, else 0: a steep HardSigmoid is four times faster than Sign on the CPU (engine.md)
export const Relu = defineUnary("Relu", 14, (d, _x, y) => d.mul(Step({ x: y }).y));
export const Sin = defineUnary("Sin", 7, (d, x) => d.mul(Cos({ x }).y));
export const Cos = defineUnary("Cos", 7, (d, x) => d.mul(Sin({ x }).y).neg());
export const Identity = defineUnary("Identity", 19, (d) => d);
export const Not = defineUnary("Not", 1);
export const Floor = defineUnary("Floor", 13);

/** 1 where x > 0, 0 where x ≤ 0, by HardSigmoid: max(0, min(1, 10³⁰·x)). */
const Step = defineOperator({
  type: "HardSigmoid",
  name: "fovea.Step",
  opset: 6,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { alpha: float(1e30), beta: float(0) },
  infer: ({ x }) => ({ y: x }),
});
