import { int } from "../../graph/attributes.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { constant } from "../../graph/leaf.ts";
import { defineOperator } from "../../graph/operator.ts";
import { constantValues } from "../../graph/operators/constant-input.ts";
import type { Tensor } from "../../graph/tensor.ts";

/**
 * Gather along axis 1 by a constant permutation. Rolling and cutting into windows is one pass over the tokens this way,
 * and so is its gradient, the inverse permutation, where that of a plain Gather would be a scatter.
 */
const Permutation = defineOperator({
  type: "Gather",
  name: "fovea.Permutation",
  opset: 13,
  inputs: ["x", "indices"],
  outputs: ["y"],
  attributes: { axis: int(0) },
  infer: ({ x }) => ({ y: x }),
  gradient: ({ indices }, { dy }) => ({
    x: permuteTokens(dy, inverseOf(constantValues("Permutation", "indices", indices))),
  }),
});

/** Tokens in another order: y[:, i] = x[:, order[i]]. [B, N, C] → the same shape; `order` is a permutation of 0 … N − 1. */
export function permuteTokens(x: Tensor, order: readonly number[]): Tensor {
  if (order.every((at, i) => at === i)) return x;
  return Permutation(
    { x, indices: constant(hostTensor("int64", [order.length], BigInt64Array.from(order, BigInt))) },
    { axis: 1 },
  ).y;
}

/** The permutation that undoes `order`. */
export function inverseOf(order: readonly number[]): number[] {
  const inverse = new Array<number>(order.length);
  order.forEach((at, i) => (inverse[at] = i));
  return inverse;
}
