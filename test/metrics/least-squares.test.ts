import fc from "fast-check";
import { expect, test } from "vitest";
import { leastSquares } from "../../src/metrics/least-squares.ts";

const a = [1, 2, 3, 4, 5, 6, 7];
const b = [2, 1, 4, 3, 7, 5, 9];
const y = [3.1, 2, 5.5, 4.9, 9.2, 7, 11.5];

test("gives NumPy's coefficients", () => {
  const { slopes, intercept, r2, rmse } = leastSquares([a, b], y);
  expect(slopes[0]).toBeCloseTo(0.15558608, 8);
  expect(slopes[1]).toBeCloseTo(1.07948718, 8);
  expect(intercept).toBeCloseTo(0.76849817, 8);
  expect(r2).toBeCloseTo(0.99811802, 8);
  expect(rmse).toBeCloseTo(Math.sqrt(0.12638278 / 7), 8);
});

test("finds a plane again, far from the origin too", () => {
  const number = fc.double({ min: -5, max: 5, noNaN: true });
  fc.assert(
    fc.property(number, number, number, (s, t, c) => {
      const plane = a.map((v, i) => s * (v + 1e4) + t * b[i] + c);
      const fit = leastSquares([a.map((v) => v + 1e4), b], plane);
      expect(fit.slopes[0]).toBeCloseTo(s, 8);
      expect(fit.slopes[1]).toBeCloseTo(t, 8);
    }),
  );
});

test("has no slope for a constant column or one that repeats another", () => {
  expect(leastSquares([a.map(() => 3)], y).slopes).toEqual([NaN]);
  expect(leastSquares([a, a.map((v) => 2 * v)], y).slopes).toEqual([NaN, NaN]);
});

test("refuses columns of other lengths", () => {
  expect(() => leastSquares([[1, 2]], y)).toThrow("leastSquares: column 0 has 2 values for 7");
});
