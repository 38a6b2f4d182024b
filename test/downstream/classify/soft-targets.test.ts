import fc from "fast-check";
import { expect, test } from "vitest";
import { mixUp, smoothedTargets, symmetricBeta } from "../../../src/downstream/classify/soft-targets.ts";
import { generator } from "../../../src/random/generator.ts";

test("label smoothing gives the label 1 − ε + ε/K and every other class ε/K", () => {
  const targets = smoothedTargets([2, 0], 4, 0.1);
  expect([...targets].map((value) => Number(value.toFixed(6)))).toEqual([
    0.025, 0.025, 0.925, 0.025, 0.925, 0.025, 0.025, 0.025,
  ]);
});

test("without smoothing targets are one-hot", () => {
  expect([...smoothedTargets([1], 3, 0)]).toEqual([0, 1, 0]);
});

test("mixup keeps each row's sum, and mixes image i with image B − 1 − i by one share", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 1000 }), (batch, seed) => {
      const images = Float32Array.from({ length: batch }, (_, i) => i);
      const targets = smoothedTargets(
        Uint8Array.from({ length: batch }, (_, i) => i % 3),
        3,
        0.1,
      );
      mixUp(batch, [images, targets], { alpha: 0.8, random: generator(seed, "mixup") });
      const share = symmetricBeta(0.8, generator(seed, "mixup"));
      images.forEach((value, i) => expect(value).toBeCloseTo(share * i + (1 - share) * (batch - 1 - i), 4));
      for (let i = 0; i < batch; i++)
        expect(targets.subarray(3 * i, 3 * i + 3).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }),
  );
});

test("Beta(α, α) has mean ½ and variance 1 / (4(2α + 1))", () => {
  const random = generator(0, "beta");
  const draws = Array.from({ length: 20_000 }, () => symmetricBeta(0.4, random));
  const mean = draws.reduce((a, b) => a + b) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
  expect(mean).toBeCloseTo(0.5, 1.9);
  expect(variance).toBeCloseTo(1 / 7.2, 2);
});
