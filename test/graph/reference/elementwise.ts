/** Element-wise operators in float64. */
import { broadcastShape } from "../../../src/graph/broadcast.ts";
import { at, build, map, type NdArray } from "./nd-array.ts";
import type { Kernel, KernelTable } from "./kernel.ts";

/** erf by its Taylor series near 0 and by the continued fraction of erfc further out; to about 1e-15. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let [term, sum] = [a, a];
    for (let n = 1; n < 100; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * sum * (2 / Math.sqrt(Math.PI));
  }
  let fraction = 0; // Lentz from the tail: erfc = e^(−a²)/√π · 1/(a + ½/(a + 1/(a + 3/2/(a + …))))
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const limit = (x: number): number => Math.min(1, Math.max(0, x));

const unary =
  (f: (x: number, attributes: Readonly<Record<string, number>>) => number): Kernel =>
  ([x], attributes) => [map(x, (value) => f(value, attributes as Readonly<Record<string, number>>))];

const broadcastMap = (inputs: readonly NdArray[], f: (...values: number[]) => number): NdArray =>
  build(broadcastShape(...inputs.map(({ shape }) => shape)) ?? [], (index) =>
    f(...inputs.map((input) => at(input, index))),
  );
const nary =
  (f: (...values: number[]) => number): Kernel =>
  (inputs) => [broadcastMap(inputs, f)];

const root = Math.sqrt(2 / Math.PI);
const gelu: Kernel = ([x], { approximate }) => [
  map(x, (v) =>
    approximate === "tanh"
      ? 0.5 * v * (1 + Math.tanh(root * (v + 0.044715 * v ** 3)))
      : 0.5 * v * (1 + erf(v * Math.SQRT1_2)),
  ),
];

export const elementwise: KernelTable = {
  Identity: unary((x) => x),
  Neg: unary((x) => -x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Abs: unary(Math.abs),
  Sign: unary(Math.sign),
  Reciprocal: unary((x) => 1 / x),
  Erf: unary(erf),
  Tanh: unary(Math.tanh),
  Sigmoid: unary(sigmoid),
  Relu: unary((x) => Math.max(x, 0)),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Tan: unary(Math.tan),
  Asin: unary(Math.asin),
  Acos: unary(Math.acos),
  Atan: unary(Math.atan),
  Sinh: unary(Math.sinh),
  Cosh: unary(Math.cosh),
  Asinh: unary(Math.asinh),
  Acosh: unary(Math.acosh),
  Atanh: unary(Math.atanh),
  Mod: ([a, b], { fmod }) => [broadcastMap([a, b], (x, y) => (fmod === 1 ? x % y : x - y * Math.floor(x / y)))],
  Not: unary((x) => 1 - x),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary((x) => {
    const rounded = Math.round(x);
    return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
  }),
  HardSigmoid: unary((x, { alpha, beta }) => limit(alpha * x + beta)),
  LeakyRelu: unary((x, { alpha }) => (x >= 0 ? x : alpha * x)),
  Elu: unary((x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x))),
  Softplus: unary(softplus),
  HardSwish: unary((x) => x * limit(x / 6 + 0.5)),
  Mish: unary((x) => x * Math.tanh(softplus(x))),
  Gelu: gelu,
  Add: nary((a, b) => a + b),
  Sub: nary((a, b) => a - b),
  Mul: nary((a, b) => a * b),
  Div: nary((a, b) => a / b),
  Pow: nary((a, b) => a ** b),
  Equal: nary((a, b) => Number(a === b)),
  Greater: nary((a, b) => Number(a > b)),
  GreaterOrEqual: nary((a, b) => Number(a >= b)),
  Less: nary((a, b) => Number(a < b)),
  LessOrEqual: nary((a, b) => Number(a <= b)),
  And: nary((a, b) => a & b),
  Or: nary((a, b) => a | b),
  Where: nary((condition, x, y) => (condition ? x : y)),
  Max: nary(Math.max),
  Min: nary(Math.min),
  Clip: ([x, least, most]) => [
    map(x, (value) => Math.min(Math.max(value, least?.data[0] ?? -Infinity), most?.data[0] ?? Infinity)),
  ],
  // the values stay: tests cast between floating types and from masks and indices
  Cast: unary((x) => x),
};
