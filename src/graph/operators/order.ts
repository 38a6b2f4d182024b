/** Operators along one axis that depend on order: CumSum, TopK. */
import { FoveaError } from "../../errors/fovea-error.ts";
import { int } from "../attributes.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { constantOf, filled, int64Constant, show, type Tensor } from "../tensor.ts";
import { constantValues } from "./constant-input.ts";
import { scatterAdd } from "./gather.ts";

/** ONNX CumSum-14: yᵢ = Σ_{j ≤ i} xⱼ along `axis` (a constant); `exclusive` leaves j = i out, `reverse` sums j ≥ i. */
export const CumSum = defineOperator({
  type: "CumSum",
  opset: 14,
  inputs: ["x", "axis"],
  outputs: ["y"],
  attributes: { exclusive: int(0), reverse: int(0) },
  infer({ x, axis }): { y: TensorType } {
    x.axis(constantValues("CumSum", "axis", axis)[0], "CumSum");
    return { y: x };
  },
  // xⱼ stands in every yᵢ with i ≥ j: the sum runs the other way
  gradient: ({ axis }, { dy }, { exclusive, reverse }): { x: Tensor } => ({
    x: CumSum({ x: dy, axis }, { exclusive, reverse: reverse ? 0 : 1 }).y,
  }),
});

/** Running sum along `axis`. Keeps the shape. */
export const cumsum = (x: Tensor, axis: number): Tensor => {
  const at = constantOf({ dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(x.axis(axis, "cumsum"))) });
  return CumSum({ x, axis: at }).y;
};

/** ONNX TopK-11: the k largest (or smallest) along `axis`, sorted, and their indices (int64). */
export const TopK = defineOperator({
  type: "TopK",
  opset: 11,
  inputs: ["x", "k"],
  outputs: ["values", "indices"],
  attributes: { axis: int(-1), largest: int(1), sorted: int(1) },
  infer({ x, k }, { axis }): { values: TensorType; indices: TensorType } {
    const at = x.axis(axis, "TopK");
    const [count] = constantValues("TopK", "k", k);
    if (!(count >= 0 && count <= x.shape[at]))
      throw new FoveaError(
        "shape/topk",
        `TopK: k is ${count} and axis ${at} of ${show(x)} has ${x.shape[at]} elements`,
      );
    const shape = x.shape.map((size, i) => (i === at ? count : size));
    return { values: { shape, dtype: x.dtype }, indices: { shape, dtype: "int64" } };
  },
  gradient: ({ x, indices }, { dvalues }, { axis }) => ({
    x: scatterAdd(filled(x.shape, 0, dvalues.dtype), indices, dvalues, axis),
  }),
});

/** The `k` largest values along `axis`, largest first, and their indices (int64); the axis becomes k long. */
export function topk(
  x: Tensor,
  k: number,
  { axis = -1, largest = true }: { readonly axis?: number; readonly largest?: boolean } = {},
): { readonly values: Tensor; readonly indices: Tensor } {
  return TopK({ x, k: int64Constant([k]) }, { axis, largest: largest ? 1 : 0 });
}
