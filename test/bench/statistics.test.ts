import fc from "fast-check";
import { expect, test } from "vitest";
import { median, roundRatios, spread } from "../../bench/statistics.ts";

test("the median is the middle value, or the mean of the two middle ones", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow("median of no values");
});

test("median lies within the range, and half of the values lie on either side of it", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
      const found = spread(values);
      if (found === undefined) throw new Error("values went in");
      expect(found.median).toBeGreaterThanOrEqual(found.min);
      expect(found.median).toBeLessThanOrEqual(found.max);
      expect(values.filter((value) => value < found.median).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > found.median).length).toBeLessThanOrEqual(values.length / 2);
    }),
  );
});

test("round ratios leave out rounds in which one of the two has no time", () => {
  expect(roundRatios([[10], [20], [30]], [[20], []])).toEqual([0.5]);
  expect(spread([])).toBeUndefined();
});
