import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classSubset, nestedCount, nestedSubset } from "../../../src/data/sampling/class-subset.ts";
import { denseFrames, segmentFrames, threeCrops, viewFrames } from "../../../src/data/sampling/clip-frames.ts";
import { repeatFactors } from "../../../src/data/sampling/repeat-factors.ts";
import { epochOrder } from "../../../src/data/sampling/sampler.ts";
import { generator } from "../../../src/random/generator.ts";

/** Three classes of 60%, 30% and 10%. */
const set = (length: number): { length: number; classNames: string[]; label(index: number): number } => ({
  length,
  classNames: ["a", "b", "c"],
  label: (index) => [0, 0, 1, 0, 1, 0, 2, 0, 1, 0][index % 10],
});
const all = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => i);

describe("nested subsets", () => {
  test("keep ⌈fraction · n⌉ of each class, and each lies in all larger ones", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 300 }),
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 4 }),
        fc.nat(),
        (length, fractions, seed) => {
          const images = set(length);
          const subsets = fractions.sort().map((fraction) => nestedSubset(images, fraction, seed));
          subsets.forEach((subset, i) => {
            expect([...(subsets[i + 1] ?? subset)]).toEqual(expect.arrayContaining([...subset]));
            for (const label of [0, 1, 2]) {
              const count = (indices: Int32Array): number =>
                indices.filter((index) => images.label(index) === label).length;
              const exact = fractions[i] * count(all(length));
              expect(count(subset)).toBeGreaterThanOrEqual(exact - 1e-6);
              expect(count(subset)).toBeLessThan(exact + 1);
            }
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  test("by number hold exactly so many, classes in their shares, and each lies in all larger ones", () => {
    const counts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(counts, fc.nat(), (numbers, seed) => {
        const images = set(300);
        const subsets = numbers.sort((a, b) => a - b).map((number) => nestedCount(images, number, seed));
        subsets.forEach((subset, i) => {
          expect(new Set(subset).size).toBe(numbers[i]);
          expect([...(subsets[i + 1] ?? subset)]).toEqual(expect.arrayContaining([...subset]));
          [0.6, 0.3, 0.1].forEach((share, label) => {
            const count = subset.filter((index) => images.label(index) === label).length;
            expect(Math.abs(count - share * numbers[i])).toBeLessThanOrEqual(1);
          });
        });
      }),
      { numRuns: 40 },
    );
    expect(() => nestedCount(set(10), 11, 0)).toThrow("11 images are asked for; the set has 10");
  });

  test("round as decimals are written: 7% of 100 are 7", () => {
    expect(nestedSubset({ length: 100, classNames: ["a"], label: () => 0 }, 0.07, 1)).toHaveLength(7);
  });

  test("refuse a fraction outside 0 to 1, and a class that is not there", () => {
    expect(() => nestedSubset(set(10), 1.5, 0)).toThrow("fraction 1.5: a number above 0, at most 1, is needed");
    expect(() => classSubset(set(10), ["d"])).toThrow("class d is not in the set");
    expect([...classSubset(set(10), ["c", "b"])]).toEqual([2, 4, 6, 8]);
  });
});

describe("samplers", () => {
  test("the repeated sampler shows each image three times in a row, a third of the set an epoch, another each epoch", () => {
    const order = epochOrder({ name: "repeated" }, set(1000), all(1000), 3);
    expect(order.length).toBe(768); // ⌊1000 / 256⌋ · 256
    const epoch = order.at(0);
    for (let i = 0; i < 768; i += 3) expect(new Set(epoch.subarray(i, i + 3)).size).toBe(1);
    expect(new Set(epoch).size).toBe(256);
    expect([...order.at(1)]).not.toEqual([...epoch]);
    expect([...order.at(0)]).toEqual([...epoch]);
  });

  test("the repeated sampler shuffles plainly below 256 images, where the official one is empty", () => {
    const order = epochOrder({ name: "repeated" }, set(255), all(255), 3);
    expect([...order.at(4)].sort((a, b) => a - b)).toEqual([...all(255)]);
  });

  test("the balanced sampler shows every class equally often, and all images of it before any again", () => {
    const images = set(300);
    const epoch = epochOrder({ name: "balanced" }, images, all(300), 3).at(2);
    const counts = [0, 1, 2].map((label) => epoch.filter((index) => images.label(index) === label).length);
    expect(counts).toEqual([100, 100, 100]);
    expect(new Set(epoch.filter((index) => images.label(index) === 2)).size).toBe(30);
    expect(new Set(epoch.filter((index) => images.label(index) === 0)).size).toBe(100);
  });

  test("the weighted sampler draws in proportion, and never what has weight 0", () => {
    const weights = [0, 1, 3, 0];
    const order = epochOrder({ name: "weighted", weights }, set(4), all(4), 0);
    const counts = [0, 0, 0, 0];
    for (let epoch = 0; epoch < 1000; epoch++) for (const index of order.at(epoch)) counts[index]++;
    expect([counts[0], counts[3]]).toEqual([0, 0]);
    expect(Math.abs(counts[2] / 4000 - 0.75)).toBeLessThan(0.03);
    expect(() => epochOrder({ name: "weighted", weights: [1] }, set(4), all(4), 0)).toThrow(
      "weights: 1 numbers for 4 images",
    );
  });

  test("repeat factors are √(t / f), at least 1, that of the rarest category", () => {
    const images = [[0], [0], [0], [0, 1]];
    expect([...repeatFactors(images, 0.5)]).toEqual([1, 1, 1, Math.SQRT2]);
  });
});

describe("frames of a clip", () => {
  test("test views start at ⌊(i + ½)(n − 63) / 4⌋ for 32 frames at stride 2", () => {
    const views = viewFrames(300, { frames: 32, stride: 2 }, 4);
    expect(views.map(([first]) => first)).toEqual([29, 88, 148, 207]);
    expect(views[0][31]).toBe(29 + 62);
  });

  test("dense frames keep their stride inside the video and start anywhere; a short video goes round", () => {
    const starts = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const frames = denseFrames(20, { frames: 4, stride: 5 }, generator(0, "c", i));
      expect([...frames].map((frame) => frame - frames[0])).toEqual([0, 5, 10, 15]);
      expect(frames[3]).toBeLessThan(20);
      starts.add(frames[0]);
    }
    expect([...starts].sort()).toEqual([0, 1, 2, 3, 4]);
    expect([...denseFrames(3, { frames: 4, stride: 1 }, generator(0, "c"))]).toEqual([0, 1, 2, 0]);
  });

  test("uniform frames lie one in each equal segment", () => {
    expect([...segmentFrames(40, 4)]).toEqual([5, 15, 25, 35]);
    const frames = segmentFrames(40, 4, generator(1, "c"));
    frames.forEach((frame, t) => expect(Math.floor(frame / 10)).toBe(t));
    expect(() => segmentFrames(0, 4)).toThrow("4 frames of a video that has 0");
  });

  test("three crops lie along the longer side", () => {
    expect(threeCrops(320, 224, 224)).toEqual([{ left: 0, top: 0 }, { left: 48, top: 0 }, { left: 96, top: 0 }]); // prettier-ignore
  });
});
