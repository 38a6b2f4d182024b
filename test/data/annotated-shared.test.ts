import { describe, expect, test } from "vitest";
import { drawInstanceMask } from "../../src/data/instance-mask.ts";
import { inspectData, type DataInspection, type SplitInspection } from "../../src/data/inspect-data.ts";
import { openDataset } from "../../src/data/open-dataset.ts";
import type { Box } from "../../src/data/targets.ts";
import { sharedData } from "./shared-data.ts";

/** What a field gives for train, val and test; undefined where there is no such split. */
const perSplit = <T>({ splits }: DataInspection, field: (split: SplitInspection) => T): (T | undefined)[] =>
  (["train", "val", "test"] as const).map((name) => {
    const split = splits[name];
    return split === undefined ? undefined : field(split);
  });

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe("coco-small", () => {
  const { root, missing } = sharedData("coco-small");

  test.skipIf(missing)(
    "has the counts of the data README and no faults",
    async () => {
      const found = await inspectData({ root });
      expect([found.format, found.problems]).toEqual(["coco", []]);
      expect(perSplit(found, ({ count }) => count)).toEqual([64, 56, undefined]);
      expect(perSplit(found, ({ targets }) => targets?.instances?.count)).toEqual([612, 415, undefined]);
      expect(perSplit(found, ({ targets }) => targets?.instances?.crowds)).toEqual([6, 3, undefined]);
      expect(perSplit(found, ({ targets }) => targets?.instances?.masks)).toEqual([612, 415, undefined]);
      const present = ({ targets }: SplitInspection) =>
        targets?.instances?.categories.filter(({ count }) => count > 0).length;
      expect(perSplit(found, present)).toEqual([73, 70, undefined]);
      expect(perSplit(found, ({ targets }) => targets?.keypoints?.figures)).toEqual([139, 79, undefined]);
      expect(perSplit(found, ({ targets }) => targets?.keypoints?.labelled)).toEqual([74, 40, undefined]);
      expect(perSplit(found, ({ targets }) => targets?.captions?.count)).toEqual([320, 280, undefined]);
    },
    60_000,
  );

  test.skipIf(missing)(
    "masks have the area and the box that COCO states, key points lie in their box",
    async () => {
      const val = await openDataset({ root }, "val");
      let total = 0;
      const [areas, boxes, outside] = [[] as number[], [] as number[], [] as number[]];
      for (let index = 0; index < val.length; index++) {
        const { targets = {} } = await val.read(index);
        for (const { mask, area, box, crowd } of targets.instances?.instances ?? []) {
          if (mask === undefined) throw new Error("every instance has a mask");
          const bitmap = drawInstanceMask(mask, targets.instances?.width ?? 0, targets.instances?.height ?? 0);
          const drawn = countOf(bitmap);
          total += drawn;
          // COCO's area is that of the outline; of a crowd it is not the number of its pixels
          if (!crowd && area >= 100) areas.push(drawn / area);
          if (area >= 100) boxes.push(overlap(box, extentOf(bitmap, targets.instances?.width ?? 0)));
        }
        for (const { points, box } of targets.keypoints?.figures ?? []) {
          for (let k = 0; k < points.length; k += 3) {
            const inside = points[k] >= box[0] - 2 && points[k] <= box[2] + 2 && points[k + 1] >= box[1] - 2 && points[k + 1] <= box[3] + 2; // prettier-ignore
            if (points[k + 2] > 0) outside.push(inside ? 0 : 1);
          }
        }
      }
      expect(total).toBe(5_510_076); // pycocotools: frPyObjects, merge, area, of the same file
      expect(areas.length).toBeGreaterThan(300);
      expect(Math.min(...areas)).toBeGreaterThan(0.9);
      expect(Math.max(...areas)).toBeLessThan(1.1);
      expect(sum(areas) / areas.length).toBeCloseTo(1, 2);
      expect(sum(boxes) / boxes.length).toBeGreaterThan(0.95); // whole pixels against fractions of one
      expect(outside.length).toBe(349);
      expect(sum(outside)).toBe(17); // as counted in the JSON file itself: points of people that their box cuts off
    },
    60_000,
  );
});

/** Pixels that are set. */
function countOf(bitmap: Uint8Array): number {
  let count = 0;
  for (const value of bitmap) count += value;
  return count;
}

function extentOf(bitmap: Uint8Array, width: number): Box {
  let [x0, y0, x1, y1] = [Infinity, Infinity, 0, 0];
  for (let p = 0; p < bitmap.length; p++) {
    if (bitmap[p] === 0) continue;
    const x = p % width;
    const y = (p - x) / width;
    if (x < x0) x0 = x;
    if (x >= x1) x1 = x + 1;
    if (y < y0) y0 = y;
    y1 = y + 1;
  }
  return [x0, y0, x1, y1];
}

/** Intersection over union. */
function overlap(a: Box, b: Box): number {
  const area = ([x0, y0, x1, y1]: Box) => Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
  const shared = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return shared / (area(a) + area(b) - shared);
}

describe("coco-panoptic-sample", () => {
  const { root, missing } = sharedData("coco-panoptic-sample");

  test.skipIf(missing)("has 18 and 32 segments, whose areas are those of the compressed masks", async () => {
    const found = await inspectData({ root });
    expect([found.format, found.problems]).toEqual(["coco", []]);
    expect(perSplit(found, ({ targets }) => targets?.panoptic?.segments)).toEqual([18, 32, undefined]);
    const train = await openDataset({ root }, "train");
    const { targets: { panoptic, instances } = {} } = await train.read(0);
    expect([panoptic?.segments.length, instances?.instances.length]).toEqual([18, 18]);
    const sizes = new Map<number, number>();
    for (const id of panoptic?.ids ?? []) sizes.set(id, (sizes.get(id) ?? 0) + 1);
    const ofSegments = panoptic?.segments.map(({ id }) => sizes.get(id) ?? 0) ?? [];
    const ofMasks = instances?.instances.map(({ mask, area }) => {
      const drawn = mask === undefined ? 0 : countOf(drawInstanceMask(mask, instances.width, instances.height));
      expect(drawn).toBe(area);
      return drawn;
    });
    expect(ofSegments.sort((a, b) => a - b)).toEqual(ofMasks?.sort((a, b) => a - b));
  });
});

describe("bccd-small", () => {
  const { root, missing } = sharedData("bccd-small");

  test.skipIf(missing)(
    "has the counts of the data README, and one box of one pixel is named",
    async () => {
      const found = await inspectData({ root });
      expect(found.format).toBe("voc");
      expect(perSplit(found, ({ count }) => count)).toEqual([90, 30, 40]);
      const boxes = new Map<string, number>();
      for (const split of perSplit(found, ({ targets }) => targets?.instances?.categories ?? [])) {
        for (const { name, count } of split ?? []) boxes.set(name, (boxes.get(name) ?? 0) + count);
      }
      expect(boxes).toEqual(new Map([["Platelets", 146], ["RBC", 1859], ["WBC", 162]])); // prettier-ignore
      expect(found.problems).toEqual([
        "Annotations: 1 × box one pixel wide or high (Annotations/BloodImage_00338.xml)",
      ]);
    },
    60_000,
  );

  test.skipIf(missing)("corners that number pixels from 1 become edges", async () => {
    const train = await openDataset({ root }, "train");
    const records = await Promise.all(Array.from({ length: 3 }, (_, index) => train.read(index)));
    const { targets } = records.find(({ id }) => id.endsWith("BloodImage_00010.jpg")) ?? records[0];
    for (const { box } of targets?.instances?.instances ?? []) {
      expect(box.every((value) => Number.isInteger(value))).toBe(true);
      expect(box[0] < box[2] && box[1] < box[3] && box[2] <= 640 && box[3] <= 480).toBe(true);
    }
  });
});

test.skipIf(sharedData("camvid-small").missing)(
  "camvid-small has the pixel shares of the data README",
  async () => {
    const found = await inspectData({ root: sharedData("camvid-small").root });
    expect([found.format, found.problems]).toEqual(["camvid", []]);
    const counts = perSplit(found, ({ count }) => count);
    expect(counts).toEqual([37, 11, 16]);
    const shares = perSplit(found, ({ targets }) => [
      ...(targets?.semantic?.categories.map(({ share }) => share) ?? []),
      targets?.semantic?.ignored ?? NaN,
    ]);
    const all = shares[0]?.map((_, label) => sum(shares.map((split, i) => (split?.[label] ?? NaN) * (counts[i] ?? NaN))) / 64); // prettier-ignore
    const readme = [15.8, 24.4, 1.0, 29.6, 6.6, 11.1, 1.2, 1.4, 4.4, 0.5, 0.6, 3.6];
    readme.forEach((share, label) => expect(Math.abs(100 * (all?.[label] ?? NaN) - share)).toBeLessThan(0.06));
  },
  60_000,
);

test.skipIf(sharedData("ade20k-sample").missing)("ade20k-sample: raw 1 is class 0, raw 0 is ignored", async () => {
  const { root } = sharedData("ade20k-sample");
  const found = await inspectData({ root });
  expect([found.format, perSplit(found, ({ count }) => count)]).toEqual(["ade20k", [1, 1, undefined]]);
  const { targets: info, read } = await openDataset({ root }, "train");
  const { targets: { semantic } = {} } = await read(0);
  expect(info?.semantic?.categories.length).toBe(150);
  expect(info?.semantic?.categories[0]).toMatchObject({ id: 1, name: "wall" });
  expect(info?.semantic?.categories[2].name).toBe("sky");
  expect([semantic?.width, semantic?.height, semantic?.ignore]).toEqual([683, 512, 255]);
  expect(new Set(semantic?.classes).has(2)).toBe(true);
});

test.skipIf(sharedData("polyu-denoise").missing)(
  "polyu-denoise has the PSNR of the data README",
  async () => {
    const found = await inspectData({ root: sharedData("polyu-denoise").root });
    const counts = perSplit(found, ({ count }) => count);
    expect([found.format, sum(counts.map((count = 0) => count)), found.problems]).toEqual(["restoration", 75, []]);
    const pairs = perSplit(found, ({ targets, count }) => ({ ...targets?.pair, count })).filter((pair) => pair !== undefined); // prettier-ignore
    expect(sum(pairs.map(({ meanPsnr = NaN, count }) => meanPsnr * count)) / 75).toBeCloseTo(35.9, 1);
    expect(Math.min(...pairs.map(({ minPsnr = NaN }) => minPsnr))).toBeCloseTo(31.1, 1);
    expect(Math.max(...pairs.map(({ maxPsnr = NaN }) => maxPsnr))).toBeCloseTo(41.0, 1);
  },
  60_000,
);

test.skipIf(sharedData("depth-small").missing)(
  "depth-small is metres, divided by time",
  async () => {
    const { root } = sharedData("depth-small");
    const found = await inspectData({ root });
    expect([found.format, perSplit(found, ({ count }) => count)]).toEqual(["depth-frames", [60, 15, undefined]]);
    const depths = perSplit(found, ({ targets }) => targets?.depth);
    for (const depth of depths.slice(0, 2)) {
      expect(depth?.valid).toBeGreaterThan(0.8);
      expect(depth?.valid).toBeLessThan(0.95);
      expect(depth?.maxMetres).toBeCloseTo(3.5, 1);
    }
    const val = await openDataset({ root }, "val");
    expect((await val.read(0)).id).toBe("frame-000480.color.jpg");
  },
  60_000,
);

test.skipIf(sharedData("imagenet-sample").missing)("imagenet-sample: labels are places in synsets.txt", async () => {
  const { root } = sharedData("imagenet-sample");
  const sets = [await openDataset({ root }, "train"), await openDataset({ root }, "val")];
  expect(sum(sets.map(({ length }) => length))).toBe(55);
  for (const set of sets) {
    expect(set.classNames.length).toBe(1000);
    for (let index = 0; index < set.length; index++) {
      const { id, label } = await set.read(index);
      // two classes are called maillot, so these keep their ids
      expect(set.classNames[label].replace(/^n\d{8} /, "")).toBe(id.slice(10).replace(/\.JPEG$/, ""));
    }
  }
  const images = await Promise.all(sets.flatMap((set) => Array.from({ length: set.length }, (_, index) => set.read(index)))); // prettier-ignore
  const grey = images.filter(({ image: { data } }) => data.every((value, i) => value === data[i - (i % 3)]));
  expect(grey.length).toBeGreaterThanOrEqual(4); // 4 are single-channel; some are grey in three channels
});

test.skipIf(sharedData("set12").missing)("set12 and set5 are folders of one class; BMP is read", async () => {
  const [set12, set5] = [await inspectData({ root: sharedData("set12").root }), await inspectData({ root: sharedData("set5").root })]; // prettier-ignore
  expect([set12.format, perSplit(set12, ({ count }) => count)]).toEqual(["folder", [10, 2, undefined]]);
  expect([set5.format, perSplit(set5, ({ count }) => count), set5.problems]).toEqual(["folder", [1, 1, undefined], []]);
  expect(set5.notes).toEqual(["one class (set5): a classifier needs at least two"]);
});
