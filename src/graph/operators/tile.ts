import { FoveaError } from "../../errors/fovea-error.ts";
import { defineOperator } from "../operator.ts";
import { int64Constant, show, type Tensor } from "../tensor.ts";
import { constantValues } from "./constant-input.ts";

/** ONNX Tile-13: x repeated `repeats[i]` times along axis i. */
export const Tile = defineOperator({
  type: "Tile",
  opset: 13,
  inputs: ["x", "repeats"],
  outputs: ["y"],
  infer({ x, repeats }) {
    const counts = constantValues("Tile", "repeats", repeats);
    if (counts.length !== x.rank || counts.some((count) => count < 0))
      throw new FoveaError("shape/tile", `Tile: repeats [${counts.join(", ")}] do not fit the axes of ${show(x)}`);
    return { y: { shape: x.shape.map((size, i) => size * counts[i]), dtype: x.dtype } };
  },
  // dy seen as [r₀, n₀, r₁, n₁, ..], summed over the repeats
  gradient({ x, repeats }, { dy }) {
    const counts = constantValues("Tile", "repeats", repeats);
    const apart = dy.reshape(x.shape.flatMap((size, i) => [counts[i], size]));
    return { x: apart.sum(x.shape.map((_, i) => 2 * i)) };
  },
});

/** `x` repeated `repeats[i]` times along axis i. */
export const tile = (x: Tensor, repeats: readonly number[]): Tensor => Tile({ x, repeats: int64Constant(repeats) }).y;
