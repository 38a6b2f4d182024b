import { defineOperator } from "../graph/operator.ts";
import type { Tensor } from "../graph/tensor.ts";

/**
 * GELU on z = x/√2, without its factor 1/√2: returns z·(1 + erf z) = √2·GELU(x). The layers on both sides multiply by
 * 1/√2 inside their Gemm for nothing, and 1 + erf z is kept for the backward pass: 9 element-wise passes in all, where
 * Gelu with its gradient in primitives takes 11 and more (engine.md). Keeps the shape.
 */
export function scaledGelu(z: Tensor): Tensor {
  return ErfGate({ z, e: z.erf().add(1) }).y;
}

/** z ⊙ e, where e = 1 + erf z: a product whose rule knows that e depends on z. */
const ErfGate = defineOperator({
  type: "Mul",
  name: "fovea.ErfGate",
  opset: 14,
  inputs: ["z", "e"],
  outputs: ["y"],
  infer: ({ z }) => ({ y: z }),
  // d(z·e)/dz = e + z·2/√π·e^(−z²); e^(z²) may overflow to ∞, and z/∞ = 0 is right
  gradient: ({ z, e }, { dy }) => ({
    z: dy.mul(e.add(z.div(z.mul(z).exp()).mul(2 / Math.sqrt(Math.PI)))),
  }),
});
