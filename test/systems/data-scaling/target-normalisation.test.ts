import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localStatistics, normalisedTargets } from "../../../src/systems/data-scaling/target-normalisation.ts";

/** x[c, i, j] = sin(0.3 i + 0.5 j + c), 3 planes of 16 × 16: the image of data-scaling section 11, oracle 6. */
function wave(): Float32Array {
  return Float32Array.from({ length: 3 * 256 }, (_, at) => {
    const [c, i, j] = [Math.floor(at / 256), Math.floor((at % 256) / 16), at % 16];
    return Math.sin(0.3 * i + 0.5 * j + c);
  });
}

describe("normalised targets", () => {
  test("give the golden values of section 11 for the sine image and a 7 × 7 window", () => {
    const target = normalisedTargets(wave(), { height: 16, width: 16, window: 7 });
    const sum = target.reduce((total, value) => total + value, 0);
    const squares = target.reduce((total, value) => total + value * value, 0);
    expect(sum).toBeCloseTo(0.250732, 4);
    expect(squares).toBeCloseTo(392.185448, 3);
    expect([...target.subarray(0, 3)].map((value) => Number(value.toFixed(4)))).toEqual([-2.6051, -0.8371, 0.593]);
    expect(target[256 + 8 * 16 + 8]).toBeCloseTo(0.848593, 5);
  });

  test("of a constant image are 0", () => {
    const target = normalisedTargets(new Float32Array(3 * 64).fill(0.7), { height: 8, width: 8, window: 3 });
    expect(target.every((value) => Math.abs(value) < 1e-4)).toBe(true);
  });

  test("with a window over the whole image are the global z-score with the unbiased deviation", () => {
    const image = wave().subarray(0, 256);
    const mean = image.reduce((total, value) => total + value, 0) / 256;
    const variance = image.reduce((total, value) => total + (value - mean) ** 2, 0) / 255;
    const target = normalisedTargets(image, { height: 16, width: 16, window: 31 });
    target.forEach((value, i) => expect(value).toBeCloseTo((image[i] - mean) / Math.sqrt(variance + 1e-6), 5));
  });

  test("do not change when contrast and brightness do", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 4, noNaN: true }), fc.double({ min: -3, max: 3, noNaN: true }), (a, b) => {
        const shape = { height: 16, width: 16, window: 7 };
        const before = normalisedTargets(wave(), shape);
        const after = normalisedTargets(
          wave().map((value) => a * value + b),
          shape,
        );
        return before.every((value, i) => Math.abs(value - after[i]) < 1e-3);
      }),
      { numRuns: 30 },
    );
  });

  test("agree with the direct sums over each window", () => {
    const image = wave().subarray(0, 5 * 7);
    const { mean, deviation } = localStatistics(image, { height: 5, width: 7, window: 3 });
    for (let y = 0; y < 5; y++)
      for (let x = 0; x < 7; x++) {
        const box: number[] = [];
        for (let v = Math.max(0, y - 1); v <= Math.min(4, y + 1); v++)
          for (let u = Math.max(0, x - 1); u <= Math.min(6, x + 1); u++) box.push(image[v * 7 + u]);
        const m = box.reduce((total, value) => total + value, 0) / box.length;
        const variance = box.reduce((total, value) => total + (value - m) ** 2, 0) / (box.length - 1);
        expect(mean[y * 7 + x]).toBeCloseTo(m, 9);
        expect(deviation[y * 7 + x]).toBeCloseTo(Math.sqrt(variance + 1e-6), 9);
      }
  });

  test("refuse an even window", () => {
    expect(() => normalisedTargets(new Float32Array(64), { height: 8, width: 8, window: 4 })).toThrow(
      "target.window: 4 is not an odd number from 1",
    );
  });
});
