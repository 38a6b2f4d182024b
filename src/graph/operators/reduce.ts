/** Reductions over axes given as a constant input (opset 18). */
import { FoveaError } from "../../errors/fovea-error.ts";
import { int } from "../attributes.ts";
import type { Shape } from "../dtype.ts";
import { defineOperator } from "../operator.ts";
import { int64Constant, scalar, show, type Tensor } from "../tensor.ts";
import { constantValues } from "./constant-input.ts";

/** `d` is the upstream gradient and `y` the result, both with the reduced axes kept as 1. */
type Rule = (d: Tensor, x: Tensor, y: Tensor) => Tensor;

function defineReduction(type: string, rule: Rule) {
  return defineOperator({
    type,
    opset: 18,
    inputs: ["x", "axes?"],
    outputs: ["y"],
    attributes: { keepdims: int(1) },
    infer({ x, axes }, { keepdims }) {
      const kept = keptShape(type, x, axes);
      const reduced = reducedAxes(type, x, axes);
      return { y: { shape: keepdims ? kept : kept.filter((_, i) => !reduced.has(i)), dtype: x.dtype } };
    },
    gradient({ x, axes, y }, { dy }) {
      const kept = keptShape(type, x, axes);
      return { x: rule(dy.reshape(kept), x, y.reshape(kept)) };
    },
  });
}

function reducedAxes(type: string, x: Tensor, axes: Tensor | undefined): Set<number> {
  const list = axes === undefined ? x.shape.map((_, i) => i) : constantValues(type, "axes", axes);
  const set = new Set(list.map((axis) => x.axis(axis, type)));
  if (set.size !== list.length)
    throw new FoveaError("shape/axis", `${type}: axes [${list.join(", ")}] of ${show(x)} name one axis twice`);
  return set;
}

function keptShape(type: string, x: Tensor, axes: Tensor | undefined): Shape {
  const reduced = reducedAxes(type, x, axes);
  return x.shape.map((size, i) => (reduced.has(i) ? 1 : size));
}

const count = (x: Tensor, y: Tensor): number => x.size / y.size;
// PyTorch shares the gradient equally among equal extremes
const ofExtreme: Rule = (d, x, y) => {
  const hit = x.equal(y).cast(x.dtype);
  const axes = y.shape.flatMap((size, i) => (size === x.shape[i] ? [] : [i]));
  return axes.length === 0 ? d.mul(hit) : hit.mul(d.div(hit.sum(axes, { keepDims: true })));
};

export const ReduceSum = defineReduction("ReduceSum", (d, x) => d.expand(x.shape));
export const ReduceMean = defineReduction("ReduceMean", (d, x, y) => d.mul(1 / count(x, y)).expand(x.shape));
export const ReduceMax = defineReduction("ReduceMax", ofExtreme);
export const ReduceMin = defineReduction("ReduceMin", ofExtreme);
// the softmax over the reduced axes
export const ReduceLogSumExp = defineReduction("ReduceLogSumExp", (d, x, y) => d.mul(x.sub(y).exp()));
export const ReduceSumSquare = defineReduction("ReduceSumSquare", (d, x) => d.mul(2).mul(x));
// the product of the others: y/x, or, where one factor is 0, the product of the rest for that one alone
export const ReduceProd = defineReduction("ReduceProd", (d, x, y) => {
  const zero = x.equal(0);
  const one = scalar(1, x.dtype);
  const axes = y.shape.flatMap((size, i) => (size === x.shape[i] ? [] : [i]));
  const over = (type: typeof sumOf, t: Tensor): Tensor => (axes.length === 0 ? t : type(t, axes));
  const safe = zero.where(one, x);
  const zeros = over(sumOf, zero.cast(x.dtype));
  const rest = over(productOf, safe);
  const others = zero.where(zeros.equal(1).where(rest, zeros.mul(0)), zeros.equal(0).where(rest.div(safe), 0));
  return d.mul(others);
});
const sumOf = (x: Tensor, axes: readonly number[]): Tensor => x.sum(axes, { keepDims: true });
const productOf = (x: Tensor, axes: readonly number[]): Tensor => ReduceProd({ x, axes: int64Constant(axes) }).y;
// x/‖x‖; at x = 0, where there is no gradient, 0 as in PyTorch
export const ReduceL2 = defineReduction("ReduceL2", (d, x, y) => d.mul(x).div(y.add(y.equal(0).cast(y.dtype))));
