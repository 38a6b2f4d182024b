import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bootstrap } from "../../src/metrics/bootstrap.ts";
import { pairedDifference, pairsNeeded } from "../../src/metrics/paired-difference.ts";
import { generator } from "../../src/random/generator.ts";

const sample = [3.1, 4.4, 2.2, 9.7, 5, 4.1, 7.7, 3.3, 12.4, 6.1];
const meanOf = (values: readonly number[]) => (indices: Uint32Array) =>
  indices.reduce((sum, i) => sum + values[i], 0) / indices.length;

describe("bootstrap", () => {
  test.each([
    ["bca", 4.24, 8.17],
    ["percentile", 4.04, 7.83],
  ] as const)("by %s gives SciPy's interval of 400,000 resamples", (method, low, high) => {
    const interval = bootstrap(10, meanOf(sample), { method, resamples: 40_000 });
    expect(interval.value).toBeCloseTo(5.8, 12);
    expect(interval.low).toBeCloseTo(low, 1);
    expect(interval.high).toBeCloseTo(high, 1);
    expect(interval.standardError).toBeCloseTo(0.974, 2);
  });

  test("covers the true mean of normal samples about as often as it says", () => {
    const random = generator(1, "test/bootstrap");
    const covered = Array.from({ length: 400 }, (_, seed) => {
      const values = Array.from({ length: 30 }, () => random.normal());
      const { low, high } = bootstrap(30, meanOf(values), { resamples: 200, seed, confidence: 0.9 });
      return low <= 0 && high >= 0;
    }).filter(Boolean).length;
    expect(covered / 400).toBeGreaterThan(0.82);
    expect(covered / 400).toBeLessThan(0.94);
  });

  test("is the same for the same seed and holds its quantiles in order", () => {
    const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(values, fc.nat(99), (drawn, seed) => {
        const options = { seed, resamples: 100 };
        const interval = bootstrap(drawn.length, meanOf(drawn), options);
        expect(bootstrap(drawn.length, meanOf(drawn), options)).toEqual(interval);
        expect(interval.low).toBeLessThanOrEqual(interval.high);
      }),
      { numRuns: 30 },
    );
  });

  test("says that it does not know for one observation and for a statistic without value", () => {
    expect(bootstrap(1, () => 7)).toMatchObject({ value: 7, low: NaN, high: NaN, standardError: NaN });
    expect(bootstrap(5, () => NaN)).toMatchObject({ value: NaN, low: NaN });
    expect(() => bootstrap(5, () => 1, { confidence: 95 })).toThrow("confidence 95 is not in (0, 1)");
  });
});

describe("pairedDifference", () => {
  test("of arms that share their seeds is the mean of the differences, not the spread of the arms", () => {
    const base = [60, 71, 55, 64];
    const arm = base.map((v, i) => v + [1, 1.5, 0.5, 1][i]);
    const { mean, deviation, larger, smaller, equal, interval, pairsNeeded: needed } = pairedDifference(base, arm);
    expect([mean, larger, smaller, equal]).toEqual([1, 4, 0, 0]);
    expect(deviation).toBeCloseTo(Math.sqrt(0.5 / 3), 12);
    expect(interval.low).toBeGreaterThan(0.5);
    expect(interval.high).toBeLessThan(1.5);
    expect(needed).toBe(4);
  });

  test("refuses arms of different lengths", () => {
    expect(() => pairedDifference([1, 2], [1])).toThrow("pairedDifference: 2 values of x for 1 of y");
  });
});

describe("pairsNeeded", () => {
  // smallest n with power 0.8 of the paired t test, by SciPy's non-central t
  test.each([
    [0.2, 199],
    [0.3, 90],
    [0.5, 34],
    [0.8, 15],
    [1, 10],
    [1.2, 8],
    [1.5, 6],
    [1.8, 5],
  ])("finds an effect of %d deviations with %d pairs, as the t test does", (effect, pairs) => {
    expect(pairsNeeded({ mean: effect, deviation: 1 })).toBe(pairs);
    expect(pairsNeeded({ mean: -3 * effect, deviation: 3 })).toBe(pairs);
  });

  test("asks for infinitely many without an effect, for two with no spread, and is unknown without a spread", () => {
    expect(pairsNeeded({ mean: 0, deviation: 1 })).toBe(Infinity);
    expect(pairsNeeded({ mean: 1, deviation: 0 })).toBe(2);
    expect(pairsNeeded({ mean: 1, deviation: NaN })).toBeNaN();
  });
});
