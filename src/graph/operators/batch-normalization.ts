import { FoveaError } from "../../errors/fovea-error.ts";
import { float } from "../attributes.ts";
import { defineOperator } from "../operator.ts";
import { show, type Tensor } from "../tensor.ts";

/**
 * ONNX BatchNormalization-15 with given statistics (inference): y = (x − mean)/√(var + ε) ⊙ scale + bias, x [B, C, ..],
 * the others [C]. ONNX Runtime folds it into a Conv before it.
 */
export const BatchNormalization = defineOperator({
  type: "BatchNormalization",
  opset: 15,
  inputs: ["x", "scale", "bias", "mean", "variance"],
  outputs: ["y"],
  attributes: { epsilon: float(1e-5), momentum: float(0.9) },
  infer({ x, ...channels }) {
    for (const [name, tensor] of Object.entries(channels))
      if (x.rank < 2 || tensor.rank !== 1 || tensor.size !== x.shape[1])
        throw new FoveaError(
          "shape/batch-norm",
          `BatchNormalization: ${name} ${show(tensor)} is not one value for each channel of ${show(x)}`,
        );
    return { y: x };
  },
  // s = 1/√(var + ε), x̂ = (x − mean)·s: dx = dy·scale·s, dscale = Σ dy·x̂, dbias = Σ dy, dmean = −Σ dx, and
  // dvar = −½s²·scale·dscale
  gradient({ x, scale, mean, variance }, { dy }, { epsilon }) {
    const along = (v: Tensor): Tensor => v.reshape([v.size, ...x.shape.slice(2).map(() => 1)]);
    const overAll = (d: Tensor): Tensor => d.sum(x.shape.map((_, i) => i).filter((i) => i !== 1));
    const shifted = variance.add(epsilon);
    const inverse = shifted.sqrt().pow(-1);
    const dbias = overAll(dy);
    const dscale = overAll(dy.mul(x.sub(along(mean)))).mul(inverse);
    const factor = scale.mul(inverse);
    return {
      x: dy.mul(along(factor)),
      scale: dscale,
      bias: dbias,
      mean: dbias.mul(factor).neg(),
      variance: dscale.mul(scale).div(shifted).mul(-0.5),
    };
  },
});
