import { describe, expect, test } from "vitest";
import { drawMix, mixImages, mixLabelMaps, mixTargets } from "../../../src/data/transforms/mix-batch.ts";
import { randomErasing } from "../../../src/data/transforms/random-erasing.ts";
import { generator } from "../../../src/random/generator.ts";

const size = { height: 6, width: 8 };

describe("mixing a batch with its reverse", () => {
  test("cutmix puts the partner's box into each image, its share into the targets, and cuts maps of labels alike", () => {
    for (let i = 0; i < 50; i++) {
      const mix = drawMix({ mixup: 0 }, size, generator(0, "mix", i));
      const images = Float32Array.from({ length: 2 * 3 * 48 }, (_, at) => Math.floor(at / 144));
      const maps = Uint8Array.from({ length: 2 * 48 }, (_, at) => Math.floor(at / 48));
      const targets = Float32Array.of(1, 0, 0, 1);
      mixImages(images, 2, size, mix);
      mixLabelMaps(maps, 2, size, mix);
      mixTargets(targets, 2, mix);
      const own = [...images.subarray(0, 144)].filter((value) => value === 0).length / 144;
      expect(mix.share).toBeCloseTo(own, 6); // λ is the true share
      expect(targets[0]).toBeCloseTo(own, 6);
      expect(targets[2]).toBeCloseTo(1 - own, 6);
      expect([...maps.subarray(0, 48)]).toEqual([...images.subarray(0, 48)]);
      expect([...maps.subarray(48)]).toEqual([...maps.subarray(0, 48)].map((label) => 1 - label));
    }
  });

  test("mixup weighs image and target with the same λ of Beta(0.8, 0.8)", () => {
    let [mean, square] = [0, 0];
    for (let i = 0; i < 4000; i++) {
      const { share } = drawMix({ cutmix: 0 }, size, generator(0, "mix", i));
      mean += share / 4000;
      square += share ** 2 / 4000;
    }
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(square - mean ** 2 - 1 / (4 * 2.6))).toBeLessThan(0.005); // variance 1 / (4(2α + 1))
    const images = Float32Array.of(0, 0, 1, 1);
    mixImages(images, 2, { height: 1, width: 2 }, { kind: "mixup", share: 0.75 });
    expect([...images]).toEqual([0.25, 0.25, 0.75, 0.75]);
  });

  test("half of the batches are cut, the other half mixed", () => {
    const kinds = Array.from({ length: 1000 }, (_, i) => drawMix({}, size, generator(0, "mix", i)).kind);
    expect(Math.abs(kinds.filter((kind) => kind === "cutmix").length / 1000 - 0.5)).toBeLessThan(0.05);
  });

  test("an odd batch, and a mixup of labels, are refused", () => {
    const mix = { kind: "mixup", share: 0.5 } as const;
    expect(() => mixImages(new Float32Array(9), 3, { height: 1, width: 1 }, mix)).toThrow("batchSize 3 is odd");
    expect(() => mixLabelMaps(new Uint8Array(2), 2, { height: 1, width: 1 }, mix)).toThrow("a pixel has one label");
  });
});

describe("random erasing", () => {
  const big = { height: 64, width: 48 };
  const erased = (i: number): { changed: number[]; values: Float32Array } => {
    const values = new Float32Array(3 * 64 * 48).fill(9);
    randomErasing(values, big, { probability: 1 }, generator(0, "erase", i));
    return { changed: [...values.keys()].filter((at) => values[at] !== 9), values };
  };

  test("fills one box of 2% to a third of the area with N(0, 1), the same in all channels", () => {
    let [sum, square, count] = [0, 0, 0];
    for (let i = 0; i < 60; i++) {
      const { changed, values } = erased(i);
      expect(changed.length % 3).toBe(0);
      const first = changed.filter((at) => at < 3072);
      const [xs, ys] = [first.map((at) => at % 48), first.map((at) => Math.floor(at / 48))];
      const [w, h] = [Math.max(...xs) - Math.min(...xs) + 1, Math.max(...ys) - Math.min(...ys) + 1];
      expect(first.length).toBe(w * h);
      expect(w < 48 && h < 64).toBe(true);
      expect(first.length / 3072).toBeGreaterThan(0.014);
      expect(first.length / 3072).toBeLessThan(0.36);
      expect(changed.slice(first.length, 2 * first.length)).toEqual(first.map((at) => at + 3072));
      for (const at of changed) {
        sum += values[at];
        square += values[at] ** 2;
      }
      count += changed.length;
    }
    expect(Math.abs(sum / count)).toBeLessThan(0.02);
    expect(Math.abs(square / count - 1)).toBeLessThan(0.03);
  });

  test("happens to a quarter of the images", () => {
    let count = 0;
    for (let i = 0; i < 2000; i++) count += Number(randomErasing(new Float32Array(192), { height: 8, width: 8 }, {}, generator(0, "e", i))); // prettier-ignore
    expect(Math.abs(count / 2000 - 0.25)).toBeLessThan(0.03);
  });
});
