import { FoveaError } from "../errors/fovea-error.ts";

/**
 * argmax over the classes of each row; of equal logits the lowest class. `logits` is [B, K], row by row; the result [B].
 * Throws `metrics/shape` and, for NaN, `metrics/nan`.
 */
export function predictedClasses(logits: ArrayLike<number>, classes: number): Int32Array {
  const predicted = new Int32Array(rowsOf(logits, classes));
  for (let row = 0; row < predicted.length; row++) {
    for (let k = 1; k < classes; k++) {
      if (logits[row * classes + k] > logits[row * classes + predicted[row]]) predicted[row] = k;
    }
  }
  return predicted;
}

/**
 * The share of rows whose label is among the `k` greatest logits, 0 to 1; among equal logits the lower class comes first.
 * `logits` is [B, K], `labels` [B] of 0 to K − 1. NaN if B is 0. Throws `metrics/shape`, `metrics/label`, `metrics/nan`.
 */
export function topKAccuracy(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number, k = 1): number {
  const rows = rowsOf(logits, classes);
  if (labels.length !== rows) {
    throw new FoveaError("metrics/shape", `topKAccuracy: ${labels.length} labels for ${rows} rows of logits`);
  }
  let correct = 0;
  for (let row = 0; row < rows; row++) {
    const label = checkClass("label", labels[row], classes, row);
    if (rankOf(label, logits, row * classes, classes) < k) correct++;
  }
  return correct / rows;
}

/** `value` if it is a whole number from 0 to classes − 1; else throws `metrics/label` with its row. */
export function checkClass(what: string, value: number, classes: number, row: number): number {
  if (Number.isInteger(value) && value >= 0 && value < classes) return value;
  throw new FoveaError("metrics/label", `${what} ${value} of sample ${row} is not a class from 0 to ${classes - 1}`, {
    hint: "does the model have as many outputs as the data set has classes?",
  });
}

/** How many classes come before `label` in order of logits. */
function rankOf(label: number, logits: ArrayLike<number>, start: number, classes: number): number {
  const own = logits[start + label];
  let rank = 0;
  for (let k = 0; k < classes; k++) {
    if (logits[start + k] > own || (logits[start + k] === own && k < label)) rank++;
  }
  return rank;
}

function rowsOf(logits: ArrayLike<number>, classes: number): number {
  if (classes < 1 || logits.length % classes !== 0) {
    throw new FoveaError("metrics/shape", `${logits.length} logits are no whole number of rows of ${classes} classes`);
  }
  for (let i = 0; i < logits.length; i++) {
    if (Number.isNaN(logits[i])) {
      const place = `sample ${Math.floor(i / classes)}, class ${i % classes}`;
      throw new FoveaError("metrics/nan", `the logit of ${place} is NaN`, {
        hint: "the model's weights are not finite",
      });
    }
  }
  return logits.length / classes;
}
