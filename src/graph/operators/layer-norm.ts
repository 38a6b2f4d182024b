import { FoveaError } from "../../errors/fovea-error.ts";
import { float, int } from "../attributes.ts";
import { sumTo } from "../broadcast.ts";
import { defineOperator } from "../operator.ts";
import { filled, sameShape, show, type Tensor } from "../tensor.ts";

/**
 * ONNX LayerNormalization-17: x̂ = (x − mean) · invStd over the axes from `axis` on; y = x̂ ⊙ scale + bias.
 * `mean` and `invStd` keep the normalised axes as 1 and are reused by the gradient.
 */
export const LayerNormalization = defineOperator({
  type: "LayerNormalization",
  opset: 17,
  inputs: ["x", "scale", "bias?"],
  outputs: ["y", "mean?", "invStd?"],
  attributes: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
  infer({ x, scale, bias }, { axis }) {
    const first = x.axis(axis, "LayerNormalization");
    const normalised = x.shape.slice(first);
    for (const [name, tensor] of [["scale", scale] as const, ["bias", bias] as const]) {
      if (tensor !== undefined && !sameShape(tensor.shape, normalised)) {
        throw new FoveaError(
          "shape/layer-norm",
          `LayerNormalization: ${name} ${show(tensor)} does not match the normalised axes [${normalised.join(", ")}] of x ${show(x)}`,
        );
      }
    }
    const statistics = { shape: x.shape.map((size, i) => (i < first ? size : 1)), dtype: x.dtype };
    return { y: x, mean: statistics, invStd: statistics };
  },
  // g = dy ⊙ scale; dx = invStd · (g − mean(g) − x̂ · mean(g ⊙ x̂)); dscale = Σ dy ⊙ x̂; dbias = Σ dy
  // where the statistics are used too (foreign models): dx also gets dmean/n and −dinvStd · invStd² · x̂/n
  gradient({ x, scale, bias, mean, invStd }, { dy, dmean, dinvStd }, { axis }, reached) {
    const first = x.axis(axis, "LayerNormalization");
    const axes = x.shape.slice(first).map((_, i) => first + i);
    const normalised = x.sub(mean).mul(invStd);
    const g = dy.mul(scale);
    const along = (t: Tensor): Tensor => t.mean(axes, { keepDims: true });
    const share = mean.size / x.size; // 1/n
    const ofMean = (dx: Tensor): Tensor => (reached.has("mean") ? dx.add(dmean.mul(share)) : dx);
    const ofStd = (dx: Tensor): Tensor =>
      reached.has("invStd") ? dx.sub(normalised.mul(dinvStd.mul(invStd).mul(invStd).mul(share))) : dx;
    const dx = g
      .sub(along(g))
      .sub(normalised.mul(along(g.mul(normalised))))
      .mul(invStd);
    return {
      x: ofStd(ofMean(dx)),
      scale: sumTo(dy.mul(normalised), scale.shape),
      bias: bias === undefined ? undefined : sumTo(dy, bias.shape),
    };
  },
});

/** (x − mean) / √(var + eps) over the last axes, whose sizes are `weight`'s; then ⊙ weight + bias. Keeps the shape. */
export function layerNorm(x: Tensor, weight?: Tensor, bias?: Tensor, eps = 1e-5): Tensor {
  const scale = weight ?? filled(x.shape.slice(-1), 1, x.dtype);
  return LayerNormalization({ x, scale, bias }, { axis: -scale.rank, epsilon: eps }).y;
}
