import { cos, sin } from "../../graph/functions/trigonometry.ts";
import { constant } from "../../graph/leaf.ts";
import { concat } from "../../graph/operators/layout.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { hostTensor } from "../../graph/dtype.ts";

/**
 * Sinusoid of the time: [B] → [B, D], [cos(t f₀) … , sin(t f₀) …], f_k = 10000^(−k/h), h = ⌊D/2⌋, cosines first; a
 * zero column where D is odd. t may be fractional. Source: u-vit section 3.2.
 */
export function timeFeatures(t: Tensor, dim: number): Tensor {
  const half = Math.floor(dim / 2);
  const frequencies = Float32Array.from({ length: half }, (_, k) => Math.exp((-Math.log(10000) * k) / half));
  const angles = t.reshape([-1, 1]).mul(constant(hostTensor("float32", [1, half], frequencies))); // [B, h]
  const features = concat([cos(angles), sin(angles)], 1);
  if (dim % 2 === 0) return features;
  const [batch] = features.shape;
  return concat([features, constant(hostTensor("float32", [batch, 1], new Float32Array(batch)))], 1);
}
