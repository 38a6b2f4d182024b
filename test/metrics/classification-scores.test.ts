import { describe, expect, test } from "vitest";
import { classificationScores } from "../../src/metrics/classification-scores.ts";
import { addToConfusion, confusionMatrix } from "../../src/metrics/confusion-matrix.ts";

const labels = [0, 0, 0, 1, 1, 2];
const predictions = [0, 0, 1, 1, 0, 2];

describe("confusion matrix", () => {
  test("rows are true classes, columns predicted ones", () => {
    expect(Array.from(confusionMatrix(labels, predictions, 3).counts)).toEqual([2, 1, 0, 1, 1, 0, 0, 0, 1]);
  });

  test("batches added one after another make the same matrix as all at once", () => {
    const matrix = confusionMatrix(labels.slice(0, 2), predictions.slice(0, 2), 3);
    addToConfusion(matrix, labels.slice(2), predictions.slice(2));
    expect(matrix).toEqual(confusionMatrix(labels, predictions, 3));
  });

  test("a batch with an unknown class is refused and adds nothing", () => {
    const matrix = confusionMatrix([], [], 3);
    expect(() => addToConfusion(matrix, [0, 1], [0, 3])).toThrow("prediction 3 of sample 1 is not a class from 0 to 2");
    expect(() => addToConfusion(matrix, [0], [])).toThrow("1 labels, 0 predictions");
    expect(matrix.counts.every((count) => count === 0)).toBe(true);
  });
});

describe("classification scores", () => {
  test("equal their closed forms", () => {
    const scores = classificationScores(confusionMatrix(labels, predictions, 3));
    expect(scores.accuracy).toBeCloseTo(4 / 6, 12);
    expect(scores.balancedAccuracy).toBeCloseTo((2 / 3 + 1 / 2 + 1) / 3, 12);
    expect(scores.macroF1).toBeCloseTo((2 / 3 + 1 / 2 + 1) / 3, 12);
    expect(scores.perClass[1]).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5, support: 2 });
  });

  test("a class without samples counts in no mean; its recall is NaN, not 0", () => {
    const scores = classificationScores(confusionMatrix([0, 0], [0, 1], 3));
    expect(scores.perClass[1]).toEqual({ precision: 0, recall: NaN, f1: 0, support: 0 });
    expect(scores.perClass[2]).toEqual({ precision: NaN, recall: NaN, f1: NaN, support: 0 });
    expect([scores.accuracy, scores.balancedAccuracy, scores.macroF1]).toEqual([0.5, 0.5, 2 / 3]);
  });
});
