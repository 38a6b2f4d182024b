/** Element-wise functions made of operators. All keep the shape. */
import { Reciprocal } from "../operators/unary.ts";
import { Softplus } from "../operators/activations.ts";
import type { Tensor } from "../tensor.ts";

/** x² */
export const square = (x: Tensor): Tensor => x.mul(x);
/** 1/√x */
export const rsqrt = (x: Tensor): Tensor => Reciprocal({ x: x.sqrt() }).y;
/** x·σ(x), also named swish. */
export const silu = (x: Tensor): Tensor => x.mul(x.sigmoid());
/** ln σ(x), without overflow. */
export const logSigmoid = (x: Tensor): Tensor => Softplus({ x: x.neg() }).y.neg();
/** eˣ − 1, also near 0 to full precision: tanh(x/2)·(eˣ + 1). */
export const expm1 = (x: Tensor): Tensor => x.mul(0.5).tanh().mul(x.exp().add(1));

/**
 * ln(1 + x), also near 0 to full precision. u = 1 + x is rounded; ln u + (x − (u − 1))/u makes up for that to first
 * order. The correction is 0 in exact arithmetic, so that it has no gradient.
 */
export function log1p(x: Tensor): Tensor {
  const u = x.add(1);
  const correction = x.sub(u.sub(1)).div(u).stopGradient();
  return u.log().add(correction);
}

/** `x` where `mask` (bool, broadcasts) is false, `value` where it is true. */
export const maskedFill = (x: Tensor, mask: Tensor, value: number): Tensor => mask.where(x.operand(value), x);
