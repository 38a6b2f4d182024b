import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kendall } from "../../src/metrics/kendall.ts";
import { pearson } from "../../src/metrics/pearson.ts";
import { spearman } from "../../src/metrics/spearman.ts";

const measures = { pearson, spearman, kendall };
const x = [1, 2, 2, 3, 5, 5, 8, 9];
const y = [2, 1, 3, 3, 4, 9, 7, 7];

test("give SciPy's values where both sides have ties", () => {
  expect(pearson(x, y)).toBeCloseTo(0.7857685093672006, 14);
  expect(spearman(x, y)).toBeCloseTo(0.8353658536585366, 14);
  expect(kendall(x, y)).toBeCloseTo(0.6923076923076924, 14);
});

describe.each(Object.entries(measures))("%s", (_, measure) => {
  const pairs = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { minLength: 2 });

  test("lies in [-1, 1], is symmetric, and changes sign with one side", () => {
    fc.assert(
      fc.property(pairs, (values) => {
        const [a, b] = [values.map(([v]) => v), values.map(([, v]) => v)];
        const r = measure(a, b);
        if (new Set(a).size === 1 || new Set(b).size === 1) {
          expect(r).toBeNaN();
          return;
        }
        expect(Math.abs(r)).toBeLessThanOrEqual(1);
        expect(measure(b, a)).toBeCloseTo(r, 12);
        const turned = measure(
          a,
          b.map((v) => 3 - 2 * v),
        );
        expect(turned).toBeCloseTo(-r, 12);
      }),
    );
  });

  test("is 1 for a rising line", () => {
    const rising = x.map((v) => 3 * v - 7);
    expect(measure(x, rising)).toBeCloseTo(1, 14);
  });

  test("has no value for one pair, and refuses sides that do not match or have gaps", () => {
    expect(measure([1], [2])).toBeNaN();
    expect(() => measure([1, 2], [1])).toThrow("2 values of x for 1 of y");
    expect(() => measure([1, NaN], [1, 2])).toThrow("pair 1 is (NaN, 2); both must be finite");
  });
});

test("ranks alone matter to Spearman and Kendall", () => {
  const bent = y.map((v) => Math.exp(v));
  expect(spearman(x, bent)).toBe(spearman(x, y));
  expect(kendall(x, bent)).toBe(kendall(x, y));
  expect(pearson(x, bent)).not.toBeCloseTo(pearson(x, y), 2);
});
