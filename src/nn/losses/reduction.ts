import type { Tensor } from "../../graph/tensor.ts";

/** What a loss makes of its elements: their mean, their sum, or themselves. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  readonly reduction?: Reduction;
}

export function reduced(loss: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return loss;
  return reduction === "mean" ? loss.mean() : loss.sum();
}
