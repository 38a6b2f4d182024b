import { graphError } from "../../graph/graph-error.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { constant } from "../../graph/leaf.ts";
import { maximum } from "../../graph/operators/extremes.ts";
import { logSoftmax } from "../../graph/operators/softmax.ts";
import { sameShape, show, type Tensor } from "../../graph/tensor.ts";
import { reduced, type LossOptions } from "./reduction.ts";

export interface CrossEntropyOptions extends LossOptions {
  /** ε: targets are (1 − ε)·one-hot + ε/K. */
  readonly labelSmoothing?: number;
  /** Elements with this target count neither in the sum nor in the mean. */
  readonly ignoreIndex?: number;
  /** Axis of the K classes; default 1 as in PyTorch. */
  readonly classAxis?: number;
}

/**
 * −log softmax(logits)[target]: logits [B, K, ...], target int64 [B, ...] without the class axis; mean over the targets
 * that are not ignored (0 where all are, PyTorch: NaN).
 *
 * The class is chosen by a one-hot product: its backward pass is element-wise, where that of a gather is a scatter.
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  { labelSmoothing = 0, ignoreIndex, classAxis = 1, reduction = "mean" }: CrossEntropyOptions = {},
): Tensor {
  const axis = logits.axis(classAxis, "crossEntropy");
  const rest = logits.shape.filter((_, i) => i !== axis);
  if (target.dtype !== "int64" || !sameShape(rest, target.shape)) {
    throw graphError(
      "shape/loss",
      `crossEntropy: logits ${show(logits)} with ${logits.shape[axis]} classes on axis ${axis} need an int64 target [${rest.join(", ")}], got ${show(target)}`,
      { hint: "for probabilities as targets use softCrossEntropy" },
    );
  }
  const logProbabilities = logSoftmax(logits, axis);
  const hit = oneHot(target, logits, axis);
  const chosen = hit.where(logProbabilities, 0).sum(axis);
  const smoothed =
    labelSmoothing === 0 ? chosen : chosen.mul(1 - labelSmoothing).add(logProbabilities.mean(axis).mul(labelSmoothing));
  if (ignoreIndex === undefined) return reduced(smoothed.neg(), reduction);
  const counted = target.equal(ignoreIndex);
  const losses = counted.where(smoothed.mul(0), smoothed.neg());
  if (reduction !== "mean") return reduced(losses, reduction);
  const count = counted.where(smoothed.mul(0), 1).stopGradient().sum();
  return losses.sum().div(maximum(count, 1));
}

/** Bool of the logits' shape: true at the target class. */
function oneHot(target: Tensor, logits: Tensor, axis: number): Tensor {
  const along = (size: number): number[] => logits.shape.map((_, i) => (i === axis ? size : 1));
  const classes = BigInt64Array.from({ length: logits.shape[axis] }, (_, k) => BigInt(k));
  const column = target.reshape(logits.shape.map((size, i) => (i === axis ? 1 : size)));
  return column.equal(constant(hostTensor("int64", along(classes.length), classes)));
}

/**
 * −Σ_k target_k · log softmax(logits)_k along `classAxis`, mean over the rest: targets are probabilities of the
 * logits' shape (a teacher's, or mixed labels).
 */
export function softCrossEntropy(
  logits: Tensor,
  target: Tensor,
  { classAxis = 1, reduction = "mean" }: LossOptions & { readonly classAxis?: number } = {},
): Tensor {
  if (!sameShape(logits.shape, target.shape)) {
    throw graphError(
      "shape/loss",
      `softCrossEntropy: logits ${show(logits)} and target ${show(target)} differ in shape`,
      { hint: "for class indices as targets use crossEntropy" },
    );
  }
  return reduced(target.mul(logSoftmax(logits, classAxis)).sum(classAxis).neg(), reduction);
}
