import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fillBlockWiseMask, fillExactBlockMask } from "../../../src/data/masks/block-wise-mask.ts";
import { maskGenerator } from "../../../src/data/masks/mask-spec.ts";
import { fillSimmimMask, simmimMaskedUnits } from "../../../src/data/masks/simmim-mask.ts";
import { generator } from "../../../src/random/generator.ts";

const sum = (values: Uint8Array): number => values.reduce((a, b) => a + b, 0);

describe("the SimMIM mask", () => {
  test("has the counts of data-scaling.md section 11", () => {
    expect(simmimMaskedUnits({ grid: 48, unit: 8, ratio: 0.6 })).toBe(22);
    expect(simmimMaskedUnits({ grid: 16, unit: 4, ratio: 0.6 })).toBe(10);
    expect(simmimMaskedUnits({ grid: 14, unit: 2, ratio: 0.6 })).toBe(30);
    const mask = new Uint8Array(48 * 48);
    fillSimmimMask(mask, { grid: 48, unit: 8, ratio: 0.6 }, generator(0, "m"));
    expect(sum(mask)).toBe(1408);
  });

  test("is constant in each unit, and the count is constant", () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(sizes, fc.nat(), ([cells, unit, ratio], seed) => {
        const grid = cells * unit;
        const mask = new Uint8Array(grid * grid).fill(7);
        fillSimmimMask(mask, { grid, unit, ratio }, generator(seed, "m"));
        expect(sum(mask)).toBe(Math.ceil(cells * cells * ratio) * unit * unit);
        for (let i = 0; i < mask.length; i++) {
          const [row, column] = [Math.floor(i / grid), i % grid];
          expect(mask[i]).toBe(mask[(row - (row % unit)) * grid + column - (column % unit)]);
        }
      }),
    );
  });

  test("chooses all units equally often", () => {
    const counts = new Float64Array(16);
    const mask = new Uint8Array(16);
    for (let i = 0; i < 8000; i++) {
      fillSimmimMask(mask, { grid: 4, unit: 1, ratio: 0.6 }, generator(0, "m", i));
      mask.forEach((value, cell) => (counts[cell] += value));
    }
    for (const count of counts) expect(Math.abs(count / 8000 - 10 / 16)).toBeLessThan(0.025);
  });

  test("refuses sizes that do not divide each other, naming both", () => {
    const spec = { name: "simmim", imageSize: 32, patchSize: 4, maskPatch: 12, ratio: 0.6 } as const;
    expect(() => maskGenerator(spec)).toThrow("mask: maskPatch 12 does not divide imageSize 32");
    expect(() => maskGenerator({ ...spec, maskPatch: 8, patchSize: 3 })).toThrow(
      "mask: patchSize 3 does not divide maskPatch 8",
    );
  });
});

describe("the block-wise mask", () => {
  const eva = { grid: 16, count: 105, minBlock: 16, minAspect: 0.3 };

  test("has the statistics of eva.md: at most 105, exactly 105 in 65%, mean 104.43, dense in the middle", () => {
    const draws = 20_000;
    const mask = new Uint8Array(256);
    const frequency = new Float64Array(256);
    let [exact, total, least] = [0, 0, 256];
    for (let i = 0; i < draws; i++) {
      const masked = fillBlockWiseMask(mask, eva, generator(0, "block", i));
      expect(masked).toBe(sum(mask));
      if (masked === 105) exact++;
      total += masked;
      least = Math.min(least, masked);
      mask.forEach((value, token) => (frequency[token] += value / draws));
    }
    expect(Math.abs(exact / draws - 0.65)).toBeLessThan(0.02);
    expect(Math.abs(total / draws - 104.43)).toBeLessThan(0.05);
    expect(least).toBeGreaterThan(75);
    expect(Math.abs(frequency[8 * 16 + 8] - 0.75)).toBeLessThan(0.02);
    expect(Math.abs(frequency[0] - 0.04)).toBeLessThan(0.01);
  });

  test("never exceeds its count on any grid", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        (grid, share, seed) => {
          const count = Math.floor(grid * grid * share);
          const mask = new Uint8Array(grid * grid);
          expect(fillBlockWiseMask(mask, { grid, count, minBlock: 4, minAspect: 0.3 }, generator(seed, "b"))).toBe(
            sum(mask),
          );
          expect(sum(mask)).toBeLessThanOrEqual(count);
        },
      ),
    );
  });

  test("refuses to mask more tokens than there are", () => {
    expect(() => maskGenerator({ name: "blockWise", grid: 4, count: 17 })).toThrow(
      "mask: count 17 is more than the 4×4 tokens",
    );
  });
});

test("Painter's mask holds exactly its number, in blocks: far fewer edges than single tokens would have", () => {
  const options = { rows: 56, columns: 28, count: 784, mostBlock: 392, minBlock: 16, minAspect: 0.3 };
  const mask = new Uint8Array(56 * 28);
  let edges = 0;
  for (let seed = 0; seed < 40; seed++) {
    fillExactBlockMask(mask, options, generator(seed, "painter"));
    expect(mask.reduce((sum, value) => sum + value, 0)).toBe(784);
    for (let i = 1; i < mask.length; i++) if (i % 28 !== 0 && mask[i] !== mask[i - 1]) edges++;
  }
  expect(edges / 40).toBeLessThan(0.35 * 56 * 27 * 0.5); // even odds for each token: half of all neighbours differ
});
