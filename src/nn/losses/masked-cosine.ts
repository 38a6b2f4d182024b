import { cosineSimilarity } from "../../graph/functions/direction.ts";
import { maximum } from "../../graph/operators/extremes.ts";
import { graphError } from "../../graph/graph-error.ts";
import { sameShape, show, type Tensor } from "../../graph/tensor.ts";

/**
 * −Σ mask·cos(prediction, target) / Σ mask: one mean over the masked tokens of the whole batch, however unequal their
 * number in the samples; 0 where nothing is masked. prediction and target [B, N, C], mask [B, N] of 0 and 1.
 * Source: eva section 4.1; norms of at least 1e-8.
 */
export function maskedCosineLoss(prediction: Tensor, target: Tensor, mask: Tensor): Tensor {
  if (!sameShape(prediction.shape, target.shape) || !sameShape(mask.shape, prediction.shape.slice(0, -1)))
    throw graphError(
      "shape/loss",
      `maskedCosineLoss: prediction ${show(prediction)}, target ${show(target)} and mask ${show(mask)} do not fit`,
    );
  return cosineSimilarity(prediction, target).mul(mask).sum().div(maximum(mask.sum(), 1)).neg();
}
