import { FoveaError } from "../../errors/fovea-error.ts";
import { int } from "../attributes.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { show, type Tensor } from "../tensor.ts";

/** ONNX Trilu-14: the upper (or lower) triangle of the last two axes, zeros elsewhere; `k` moves the diagonal up. */
export const Trilu = defineOperator({
  type: "Trilu",
  opset: 14,
  inputs: ["x", "k?"],
  outputs: ["y"],
  attributes: { upper: int(1) },
  infer({ x, k }): { y: TensorType } {
    if (x.rank < 2 || (k !== undefined && (k.size !== 1 || k.dtype !== "int64")))
      throw new FoveaError(
        "shape/trilu",
        `Trilu: ${show(x)} has no matrices${k ? `, or k ${show(k)} is no int64` : ""}`,
      );
    return { y: x };
  },
  // the same triangle of dy
  gradient: ({ k }, { dy }, { upper }): { x: Tensor } => ({ x: Trilu({ x: dy, k }, { upper }).y }),
});
