import { expect, test } from "vitest";
import { tensorDifference, tensorStatistics } from "../../src/formats/tensor-statistics.ts";
import { hostTensor } from "../../src/graph/dtype.ts";

const floats = (...values: number[]) => hostTensor("float32", [values.length], Float32Array.from(values));

test("figures are of the finite values", () => {
  expect(tensorStatistics(floats(1, NaN, 3, Infinity))).toEqual({ min: 1, max: 3, mean: 2, std: 1, notFinite: 2 });
  const none = tensorStatistics(floats(NaN));
  expect(none).toEqual({ min: NaN, max: NaN, mean: NaN, std: NaN, notFinite: 1 });
});

test("half precision counts by what its bits mean", () => {
  const halves = hostTensor("float16", [2], Uint16Array.of(0x3c00, 0xc000)); // 1 and -2
  expect(tensorStatistics(halves)).toMatchObject({ min: -2, max: 1, mean: -0.5, std: 1.5 });
});

test("a difference is the largest distance, and the norm's share", () => {
  expect(tensorDifference(floats(1, 2), floats(1, 4))).toEqual({ largest: 2, relative: 2 / Math.sqrt(17) });
  expect(tensorDifference(floats(1), floats(0))).toEqual({ largest: 1 });
  expect(tensorDifference(floats(NaN), floats(NaN))).toMatchObject({ largest: 0 });
  expect(tensorDifference(floats(NaN, 1), floats(1, 1)).largest).toBeNaN();
});
