import fc from "fast-check";
import { expect, test } from "vitest";
import { predictedClasses, topKAccuracy } from "../../src/metrics/accuracy.ts";

// Three samples of four classes.
const logits = Float32Array.of(0.1, 0.4, 0.3, 0.2, /**/ 5, 5, 1, 0, /**/ -1, -2, -3, -0.5);

test("the predicted class has the greatest logit, of equal ones the lowest number", () => {
  expect(Array.from(predictedClasses(logits, 4))).toEqual([1, 0, 3]);
});

test("top-k accuracy counts labels among the k greatest logits", () => {
  const labels = [2, 1, 1];
  expect([1, 2, 3, 4].map((k) => topKAccuracy(logits, labels, 4, k))).toEqual([0, 2 / 3, 1, 1]);
});

test("top-1 accuracy is the share of predicted classes that equal the label, also with ties", () => {
  const row = fc.tuple(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 }), fc.nat({ max: 2 }));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), (rows) => {
      const flat = rows.flatMap(([values]) => values);
      const labels = rows.map(([, label]) => label);
      const hits = predictedClasses(flat, 3).filter((predicted, i) => predicted === labels[i]).length;
      expect(topKAccuracy(flat, labels, 3)).toBe(hits / rows.length);
    }),
  );
});

test("accuracy of nothing is NaN, not 0", () => {
  expect(topKAccuracy([], [], 4)).toBeNaN();
});

test("refuses wrong lengths, labels outside the classes and NaN, naming the place", () => {
  expect(() => topKAccuracy(logits, [0, 1], 4)).toThrow("topKAccuracy: 2 labels for 3 rows of logits");
  expect(() => topKAccuracy(logits, [0, 1, 4], 4)).toThrow("label 4 of sample 2 is not a class from 0 to 3");
  expect(() => predictedClasses(logits, 5)).toThrow("12 logits are no whole number of rows of 5 classes");
  expect(() => predictedClasses([0, 1, 2, NaN], 2)).toThrow("the logit of sample 1, class 1 is NaN");
});
