import { FoveaError } from "../errors/fovea-error.ts";
import { checkClass } from "./accuracy.ts";

/** `counts` is [K, K], row by row: the row is the true class, the column the predicted one. */
export interface ConfusionMatrix {
  readonly classes: number;
  readonly counts: Float64Array;
}

/** Counts of (label, prediction) pairs, both [B] of 0 to K − 1. Throws `metrics/shape` and `metrics/label`. */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): ConfusionMatrix {
  const matrix = { classes, counts: new Float64Array(classes * classes) };
  addToConfusion(matrix, labels, predictions);
  return matrix;
}

/** Adds one more batch to `matrix`. Throws `metrics/shape` and `metrics/label`; then nothing is added. */
export function addToConfusion(
  { classes, counts }: ConfusionMatrix,
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
): void {
  if (labels.length !== predictions.length) {
    throw new FoveaError(
      "metrics/shape",
      `confusion matrix: ${labels.length} labels, ${predictions.length} predictions`,
    );
  }
  for (let i = 0; i < labels.length; i++) {
    checkClass("label", labels[i], classes, i);
    checkClass("prediction", predictions[i], classes, i);
  }
  for (let i = 0; i < labels.length; i++) counts[labels[i] * classes + predictions[i]]++;
}
