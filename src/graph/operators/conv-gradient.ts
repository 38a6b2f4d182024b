/**
 * What a gradient of a convolution is the gradient of. Autodiff writes these gradients in their plain forms, which run on
 * every device; a pass that knows a faster form (runtime/layout) finds here what the plain form computes.
 */
import type { Tensor } from "../tensor.ts";
import type { Window } from "./window.ts";

export type ConvGradient =
  /** dx of conv(x, w): only the shape of x counts. */
  | {
      readonly of: "input";
      readonly x: Tensor;
      readonly w: Tensor;
      readonly dy: Tensor;
      readonly window: Window;
      readonly group: number;
    }
  /** dw of conv(x, w), with w's shape. */
  | {
      readonly of: "weight";
      readonly x: Tensor;
      readonly dy: Tensor;
      readonly window: Window;
      readonly group: number;
    };

const gradients = new WeakMap<Tensor, ConvGradient>();

/** Notes that `result` is that gradient; returns `result`. */
export function noteConvGradient(result: Tensor, gradient: ConvGradient): Tensor {
  gradients.set(result, gradient);
  return result;
}

/** The gradient that `tensor` is, or undefined. */
export const convGradientOf = (tensor: Tensor): ConvGradient | undefined => gradients.get(tensor);
