import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exponentialMean } from "../../src/metrics/exponential-mean.ts";
import { meanAndDeviation } from "../../src/metrics/mean-and-deviation.ts";
import { RunningMean } from "../../src/metrics/running-mean.ts";

describe("mean and deviation", () => {
  test("are the sample's, with n - 1", () => {
    expect(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: Math.sqrt(32 / 7), count: 8 });
  });

  test("one seed has a mean but no deviation", () => {
    expect(meanAndDeviation([0.7])).toEqual({ mean: 0.7, deviation: NaN, count: 1 });
  });

  test("keep their digits beside a large offset", () => {
    expect(meanAndDeviation([1e9 + 1, 1e9 + 2, 1e9 + 3]).deviation).toBe(1);
  });
});

describe("running mean", () => {
  test("weighs by images and starts anew when taken", () => {
    const loss = new RunningMean();
    expect(loss.mean).toBeNaN();
    loss.add(1, 64);
    loss.add(3, 32);
    expect(loss.take()).toBeCloseTo(5 / 3, 12);
    loss.add(7);
    expect(loss.mean).toBe(7);
  });
});

describe("exponential mean", () => {
  test("follows its closed form", () => {
    // m2 = (0.5·0.5·4 + 0.5·8) / (1 − 0.25) = 5 / 0.75
    expect(Array.from(exponentialMean([4, 8], 0.5))).toEqual([4, 5 / 0.75]);
  });

  test("leaves a constant constant from the first point on", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (value, s) => {
          for (const smooth of exponentialMean(new Array(50).fill(value), s)) {
            expect(Math.abs(smooth - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-12 + 1e-300);
          }
        },
      ),
    );
  });

  test("a NaN stays visible and does not spoil what follows", () => {
    expect(Array.from(exponentialMean([2, NaN, 2], 0.9))).toEqual([2, NaN, 2]);
  });

  test("refuses a smoothing of 1", () => {
    expect(() => exponentialMean([1], 1)).toThrow("smoothing 1 is outside 0 to 1");
  });
});
