import { string } from "../attributes.ts";
import { defineOperator } from "../operator.ts";
import type { Tensor } from "../tensor.ts";

/** ONNX Gelu-20: x·Φ(x), Φ the normal distribution function; `approximate: "tanh"` for its tanh form. */
export const Gelu = defineOperator({
  type: "Gelu",
  opset: 20,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { approximate: string("none") },
  infer: ({ x }) => ({ y: x }),
  gradient: ({ x }, { dy }, { approximate }) => ({
    x: dy.mul(approximate === "tanh" ? tanhDerivative(x) : erfDerivative(x)),
  }),
});

/** Φ(x) + x·φ(x), with z = x/√2: ½(1 + erf z) + z·e^(−z²)/√π */
function erfDerivative(x: Tensor): Tensor {
  const z = x.mul(Math.SQRT1_2);
  return z
    .erf()
    .mul(0.5)
    .add(0.5)
    .add(z.div(z.mul(z).exp()).mul(1 / Math.sqrt(Math.PI)));
}

/** t = tanh(u), u = √(2/π)(x + 0.044715x³): ½(1 + t) + ½x(1 − t²)u′ */
function tanhDerivative(x: Tensor): Tensor {
  const [k, c] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = x.mul(x);
  const t = x.mul(square.mul(k * c).add(k)).tanh();
  const slope = square.mul(3 * k * c).add(k);
  return t
    .add(1)
    .add(x.mul(t.mul(t).neg().add(1)).mul(slope))
    .mul(0.5);
}

/** x·Φ(x); with `approximate: "tanh"` ½x(1 + tanh(√(2/π)(x + 0.044715x³))). Keeps the shape. */
export const gelu = (x: Tensor, { approximate = "none" }: { approximate?: "none" | "tanh" } = {}): Tensor =>
  Gelu({ x }, { approximate }).y;
