import { string } from "../attributes.ts";
import { hostTensor, sizeOf } from "../dtype.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { constantOf, type Tensor } from "../tensor.ts";
import { constantValues } from "./constant-input.ts";
import { averagePool } from "./pool.ts";

/** ONNX Resize-19 by nearest neighbour and whole factors `scales` [1, 1, ...f]: each element is repeated f times. */
export const NearestUpsample = defineOperator({
  type: "Resize",
  name: "NearestUpsample",
  opset: 19,
  inputs: ["x", "roi?", "scales"],
  outputs: ["y"],
  attributes: {
    mode: string("nearest"),
    coordinate_transformation_mode: string("asymmetric"),
    nearest_mode: string("floor"),
  },
  infer({ x, scales }): { y: TensorType } {
    const factors = constantValues("Resize", "scales", scales);
    return { y: { shape: x.shape.map((size, i) => size * factors[i]), dtype: x.dtype } };
  },
  // Σ over the copies: the mean of each window, times its size
  gradient({ scales }, { dy }) {
    const factors = constantValues("Resize", "scales", scales).slice(2);
    return { x: averagePool(dy, factors).mul(sizeOf(factors)) };
  },
});

/** Each element of x [B, C, ...S] repeated `factors[i]` times along spatial axis i. */
export const nearestUpsample = (x: Tensor, factors: readonly number[]): Tensor =>
  NearestUpsample({ x, scales: constantOf(hostTensor("float32", [x.rank], Float32Array.of(1, 1, ...factors))) }).y;
