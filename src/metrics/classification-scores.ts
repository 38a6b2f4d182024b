import type { ConfusionMatrix } from "./confusion-matrix.ts";

/** Scores of one class against all others, 0 to 1; NaN where the formula divides by zero. */
export interface ClassScores {
  /** TP / (TP + FP): NaN for a class that is never predicted. */
  readonly precision: number;
  /** TP / (TP + FN): NaN for a class without samples. */
  readonly recall: number;
  /** 2·TP / (2·TP + FP + FN): the harmonic mean of both. */
  readonly f1: number;
  /** Number of samples of this class. */
  readonly support: number;
}

export interface ClassificationScores {
  /** Share of all samples that are right. */
  readonly accuracy: number;
  /** Mean recall over the classes that have samples (balanced accuracy). */
  readonly balancedAccuracy: number;
  /** Mean F1 over the classes that have samples. */
  readonly macroF1: number;
  readonly perClass: readonly ClassScores[];
}

/** Accuracy, balanced accuracy, macro F1 and the scores of each class. All are NaN for an empty matrix. */
export function classificationScores(matrix: ConfusionMatrix): ClassificationScores {
  const perClass = Array.from({ length: matrix.classes }, (_, k) => scoresOf(matrix, k));
  const present = perClass.filter(({ support }) => support > 0);
  const samples = sum(perClass.map(({ support }) => support));
  const right = sum(perClass.map((_, k) => matrix.counts[k * matrix.classes + k]));
  return {
    accuracy: right / samples,
    balancedAccuracy: sum(present.map(({ recall }) => recall)) / present.length,
    macroF1: sum(present.map(({ f1 }) => f1)) / present.length,
    perClass,
  };
}

function scoresOf({ classes, counts }: ConfusionMatrix, k: number): ClassScores {
  let [support, predicted] = [0, 0];
  for (let other = 0; other < classes; other++) {
    support += counts[k * classes + other];
    predicted += counts[other * classes + k];
  }
  const right = counts[k * classes + k];
  return { precision: right / predicted, recall: right / support, f1: (2 * right) / (predicted + support), support };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
