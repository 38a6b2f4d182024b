import { describe, expect, test } from "vitest";
import { sizeOf, type Shape } from "../../src/graph/dtype.ts";
import {
  biasUniform,
  kaimingNormal,
  kaimingUniform,
  normal,
  scaled,
  truncatedNormal,
  xavierNormal,
  xavierUniform,
  type Initialiser,
} from "../../src/nn/initialisers.ts";
import { generator } from "../../src/random/generator.ts";

function draw(initialiser: Initialiser, shape: Shape) {
  const data = new Float32Array(sizeOf(shape));
  initialiser(data, shape, generator(1, "test"));
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length;
  return { data, mean, deviation: Math.sqrt(variance), largest: data.reduce((m, x) => Math.max(m, Math.abs(x)), 0) };
}

const shape = [64, 32, 3, 3]; // fan-in 288, fan-out 576

describe("bounds and deviations are PyTorch's", () => {
  test.each([
    ["Linear and Conv weights", kaimingUniform(), 1 / Math.sqrt(288)],
    ["Linear and Conv biases", biasUniform(288), 1 / Math.sqrt(288)],
    ["kaiming uniform for ReLU", kaimingUniform(0), Math.sqrt(6 / 288)],
    ["xavier uniform", xavierUniform(), Math.sqrt(6 / (288 + 576))],
  ])("%s: uniform up to the bound", (_name, initialiser, bound) => {
    const { mean, deviation, largest } = draw(initialiser, shape);
    expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-7));
    expect(largest).toBeGreaterThan(0.999 * bound);
    expect(Math.abs(mean)).toBeLessThan(0.02 * bound);
    expect(deviation / (bound / Math.sqrt(3))).toBeCloseTo(1, 1);
  });

  test.each([
    ["normal", normal(0, 0.5), 0.5],
    ["kaiming normal by fan-out", kaimingNormal({ mode: "fanOut" }), Math.sqrt(2 / 576)],
    ["xavier normal", xavierNormal(2), 2 * Math.sqrt(2 / (288 + 576))],
    ["truncated normal 0.02", truncatedNormal(), 0.02],
    ["scaled", scaled(truncatedNormal(), 0.1), 0.002],
  ])("%s: standard deviation", (_name, initialiser, expected) => {
    expect(draw(initialiser, shape).deviation / expected).toBeCloseTo(1, 1);
  });
});

test("truncated normal has absolute bounds: ±0.02 cuts at one deviation", () => {
  const { largest, deviation } = draw(truncatedNormal(0.02, { low: -0.02, high: 0.02 }), shape);
  expect(largest).toBeLessThanOrEqual(Math.fround(0.02));
  // deviation of a standard normal cut at ±1: √(1 − 2φ(1)/(2Φ(1) − 1)) = 0.53956
  expect(deviation / 0.02).toBeCloseTo(0.53956, 2);
});

test("an initialiser by fan refuses a vector", () => {
  expect(() => draw(kaimingUniform(), [8])).toThrow("initialiser: [8] has no fan-in; it needs two axes or more");
});
