import { graphError } from "../../graph/graph-error.ts";
import { logSigmoid } from "../../graph/functions/elementary.ts";
import { softplus } from "../../graph/operators/activations.ts";
import { sameShape, show, type Tensor } from "../../graph/tensor.ts";
import { reduced, type LossOptions } from "./reduction.ts";

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Weight of the positive class; broadcasts to the logits. */
  readonly positiveWeight?: Tensor;
}

/** −t·ln σ(x) − (1 − t)·ln(1 − σ(x)) = ln(1 + eˣ) − t·x, without overflow; mean over all elements. */
export function binaryCrossEntropy(
  logits: Tensor,
  target: Tensor,
  { positiveWeight, reduction = "mean" }: BinaryCrossEntropyOptions = {},
): Tensor {
  if (!sameShape(logits.shape, target.shape))
    throw graphError(
      "shape/loss",
      `binaryCrossEntropy: logits ${show(logits)} and target ${show(target)} differ in shape`,
    );
  const negative = softplus(logits);
  if (positiveWeight === undefined) return reduced(negative.sub(target.mul(logits)), reduction);
  const positive = logSigmoid(logits).neg();
  const weighted = positive
    .mul(target)
    .mul(positiveWeight)
    .add(negative.mul(target.neg().add(1)));
  return reduced(weighted, reduction);
}
