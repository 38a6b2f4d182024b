/** Losses of predictions against real-valued targets of the same shape. */
import { graphError } from "../../graph/graph-error.ts";
import { sameShape, show, type Tensor } from "../../graph/tensor.ts";
import { reduced, type LossOptions } from "./reduction.ts";

function difference(name: string, x: Tensor, target: Tensor): Tensor {
  if (sameShape(x.shape, target.shape)) return x.sub(target);
  throw graphError("shape/loss", `${name}: prediction ${show(x)} and target ${show(target)} differ in shape`);
}

/** (x − target)², mean over all elements. */
export function meanSquaredError(x: Tensor, target: Tensor, { reduction = "mean" }: LossOptions = {}): Tensor {
  const d = difference("meanSquaredError", x, target);
  return reduced(d.mul(d), reduction);
}

/** |x − target|, mean over all elements. */
export const l1Loss = (x: Tensor, target: Tensor, { reduction = "mean" }: LossOptions = {}): Tensor =>
  reduced(difference("l1Loss", x, target).abs(), reduction);

/** d²/(2β) where |d| = |x − target| < β, else |d| − β/2; mean over all elements. Source: arXiv 1504.08083 §2.3. */
export function smoothL1Loss(
  x: Tensor,
  target: Tensor,
  { beta = 1, reduction = "mean" }: LossOptions & { readonly beta?: number } = {},
): Tensor {
  const d = difference("smoothL1Loss", x, target);
  if (beta === 0) return reduced(d.abs(), reduction);
  const size = d.abs();
  return reduced(size.less(beta).where(d.mul(d).mul(0.5 / beta), size.sub(beta / 2)), reduction);
}
