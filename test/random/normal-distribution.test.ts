import { expect, test } from "vitest";
import { normalCdf, normalQuantile } from "../../src/random/normal-distribution.ts";

// Values of scipy.special.ndtr and ndtri, 17 digits.
const cdf: [number, number][] = [
  [-10, 7.619853024160527e-24],
  [-4.5, 3.3976731247300535e-6],
  [-2, 0.02275013194817921],
  [-0.5, 0.3085375387259869],
  [0, 0.5],
  [1, 0.8413447460685429],
  [3.9, 0.9999519036559824],
];

test.each(cdf)("Φ(%d) is %d", (x, expected) => {
  expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(1e-13);
});

const quantile: [number, number][] = [
  [1e-300, -37.0470962993612],
  [1e-10, -6.361340902404056],
  [0.001, -3.090232306167813],
  [0.025, -1.9599639845400545],
  [0.3, -0.5244005127080407],
  [0.975, 1.959963984540054],
];

test.each(quantile)("Φ⁻¹(%d) is %d", (p, expected) => {
  expect(Math.abs(normalQuantile(p) / expected - 1)).toBeLessThan(1e-13);
});

test("quantile and distribution function undo each other", () => {
  for (let p = 1e-6; p < 1; p += 0.00137) expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThan(1e-14);
  expect(normalQuantile(0)).toBe(-Infinity);
  expect(normalQuantile(1)).toBe(Infinity);
  expect(normalQuantile(0.5)).toBe(0);
});
