import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rawImage, type RawImage } from "../../../src/data/image.ts";
import type { Targets } from "../../../src/data/targets.ts";
import { applyOperator, randAugmentOperators } from "../../../src/data/transforms/rand-augment.ts";
import { flipGeometry } from "../../../src/data/transforms/geometry.ts";
import { moveView } from "../../../src/data/transforms/move-view.ts";
import { transformView, type TransformSpec } from "../../../src/data/transforms/transform.ts";
import type { View } from "../../../src/data/transforms/view.ts";
import { generator } from "../../../src/random/generator.ts";

const [width, height] = [60, 44];
const layout = { names: ["nose", "left", "right"], skeleton: [], mirrored: [0, 2, 1] } as const;
const white = (): RawImage => rawImage(width, height, new Uint8Array(3 * width * height).fill(255));

/** Where three key points lie, and a rectangle of a thing. */
interface Truth {
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly thing: readonly [x0: number, y0: number, x1: number, y1: number];
}

/** White, with a red, green and blue dot of 5 × 5 at the points; all kinds of target. */
function view({ points, thing: [x0, y0, x1, y1] }: Truth): View {
  const image = white();
  points.forEach(([px, py], k) => {
    for (let dy = -2; dy <= 2; dy++)
      for (let dx = -2; dx <= 2; dx++) image.data.set([0, 1, 2].map((c) => (c === k ? 255 : 0)), 3 * ((Math.floor(py) + dy) * width + Math.floor(px) + dx)); // prettier-ignore
  });
  const bitmap = Uint8Array.from({ length: width * height }, (_, p) => {
    const [x, y] = [p % width, Math.floor(p / width)];
    return x >= x0 && x < x1 && y >= y0 && y < y1 ? 1 : 0;
  });
  const box = [x0, y0, x1, y1] as const;
  const area = (x1 - x0) * (y1 - y0);
  const figure = { points: Float32Array.from(points.flatMap(([x, y]) => [x, y, 2])), box: [0, 0, width, height], area: 900, crowd: false } as const; // prettier-ignore
  const size = { width, height };
  const targets: Targets = {
    label: { kind: "label", label: 3 },
    semantic: { kind: "semantic", ...size, classes: bitmap.map((v) => (v === 1 ? 7 : 2)), ignore: 255 },
    instances: { kind: "instances", ...size, instances: [{ category: 1, box, area, crowd: false, mask: { kind: "bitmap", bitmap } }] }, // prettier-ignore
    panoptic: { kind: "panoptic", ...size, ids: Uint32Array.from(bitmap, (v) => (v === 1 ? 70_000 : 5)), segments: [{ id: 5, category: 0, crowd: false }, { id: 70_000, category: 1, crowd: false }] }, // prettier-ignore
    keypoints: { kind: "keypoints", ...size, layout, figures: [figure] },
    depth: { kind: "depth", ...size, metres: Float32Array.from(bitmap, (v) => (v === 1 ? 4.5 : 0)), valid: bitmap },
    pair: { kind: "pair", clean: image },
    clip: { kind: "clip", frames: [image, white()], pixelAnomalies: Uint8Array.from([...bitmap, ...bitmap]), tracks: [{ id: 1, category: 0, boxes: Float32Array.from([...box, NaN, NaN, NaN, NaN]) }] }, // prettier-ignore
  };
  return { image, targets };
}

const inside = fc.tuple(fc.double({ min: 4, max: width - 4, noNaN: true }), fc.double({ min: 4, max: height - 4, noNaN: true })); // prettier-ignore
const truth = fc
  .tuple(
    inside,
    inside,
    inside,
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 28 }),
    fc.integer({ min: 6, max: 20 }),
    fc.integer({ min: 6, max: 16 }),
  ) // prettier-ignore
  .filter(([a, b, c]) => far(a, b) && far(b, c) && far(a, c))
  .map(([a, b, c, x, y, w, h]): Truth => ({ points: [a, b, c], thing: [x, y, x + w, y + h] }));
const far = (a: readonly number[], b: readonly number[]): boolean => Math.hypot(a[0] - b[0], a[1] - b[1]) > 9;

const geometric: TransformSpec[] = [
  { name: "resize", size: [50, 90] },
  { name: "resize", size: 30, filter: "bicubic" },
  { name: "centreCrop", size: [30, 40] },
  { name: "randomCrop", size: [40, 48], padding: 6 },
  { name: "randomResizedCrop", size: [48, 64], scale: [0.3, 1] },
  { name: "horizontalFlip", probability: 1 },
  { name: "pad", margins: [3, 1, 5, 2], fill: [9, 9, 9] },
  { name: "largeScaleJitter", size: [50, 70], scale: [0.6, 2] },
  { name: "multiScaleCrop", size: 40 },
  { name: "randAugment", operators: 3, probability: 1 },
];

/** Centre of the pixels of nearly one pure colour, where it can be seen. */
function dot({ width: w, data }: RawImage, k: number): [number, number] | undefined {
  const found: [number, number][] = [];
  for (let i = 0; i < data.length; i += 3) {
    const others = [0, 1, 2].filter((c) => c !== k).map((c) => data[i + c]);
    if (data[i + k] > 150 && Math.max(...others) < 100) found.push([((i / 3) % w) + 0.5, Math.floor(i / 3 / w) + 0.5]);
  }
  if (found.length < 6) return undefined;
  return [0, 1].map((axis) => found.reduce((sum, point) => sum + point[axis], 0) / found.length) as [number, number];
}

describe.each(geometric.filter(({ name }) => name !== "randAugment"))("$name", (spec) => {
  test("a key point stays on its dot, under its mirrored name", () => {
    fc.assert(
      fc.property(truth, fc.nat(), (one, seed) => {
        const { image, targets } = transformView(view(one), [spec], generator(seed, "t"));
        const points = targets?.keypoints?.figures[0]?.points;
        if (points === undefined) return;
        for (let k = 0; k < 3; k++) {
          const name = spec.name === "horizontalFlip" ? layout.mirrored[k] : k;
          const at = dot(image, k);
          const [x, y, seen] = points.subarray(3 * name, 3 * name + 3);
          // a dot cut by the border has its middle elsewhere; largeScaleJitter enlarges up to 2 · 70/60 times
          const margin = 7; // (5 / 2 + 1 / 2) · 2.33: half a dot, drawn up to half a pixel beside its point
          if (at === undefined || seen === 0 || x < margin || y < margin || x > image.width - margin || y > image.height - margin) continue; // prettier-ignore
          expect(Math.hypot(at[0] - x, at[1] - y)).toBeLessThan(1.6 * Math.max(1, image.width / width));
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe.each(geometric)("$name on maps, masks and boxes", (spec) => {
  const run = (one: Truth, seed: number): Required<Pick<View, "image">> & { targets: Targets } => {
    const { image, targets } = transformView(view(one), [spec], generator(seed, "t"));
    if (targets === undefined) throw new Error("the targets are gone");
    return { image, targets };
  };

  test("every map has the image's size, no new values, and agrees with the others", () => {
    fc.assert(
      fc.property(truth, fc.nat(), (one, seed) => {
        const { image, targets } = run(one, seed);
        const { semantic, panoptic, depth, instances, clip, pair } = targets;
        const pixels = image.width * image.height;
        for (const map of [semantic?.classes, panoptic?.ids, depth?.metres]) expect(map?.length).toBe(pixels);
        expect([pair?.clean.width, clip?.frames[1].height]).toEqual([image.width, image.height]);
        expect([2, 7, 255]).toEqual(expect.arrayContaining([...new Set(semantic?.classes)]));
        expect([0, 4.5]).toEqual(expect.arrayContaining([...new Set(depth?.metres)]));
        const thing = instances?.instances[0];
        const bitmap = thing?.mask?.kind === "bitmap" ? thing.mask.bitmap : new Uint8Array(pixels);
        for (let p = 0; p < pixels; p++) {
          if (bitmap[p] !== Number(semantic?.classes[p] === 7)) expect.fail(`pixel ${p}: mask and class differ`);
          if (bitmap[p] !== Number(panoptic?.ids[p] === 70_000)) expect.fail(`pixel ${p}: mask and segment differ`);
          if (bitmap[p] !== depth?.valid[p]) expect.fail(`pixel ${p}: mask and depth differ`);
          if (bitmap[p] !== clip?.pixelAnomalies?.[pixels + p]) expect.fail(`pixel ${p}: mask and frame differ`);
        }
        expect(panoptic?.segments.some(({ id }) => id === 70_000)).toBe(thing !== undefined);
      }),
      { numRuns: 12 },
    );
  });

  test("a box is the extent of its mask, up to a pixel", () => {
    fc.assert(
      fc.property(truth, fc.nat(), (one, seed) => {
        const { image, targets } = run(one, seed);
        const thing = targets.instances?.instances[0];
        if (thing?.mask?.kind !== "bitmap") return;
        const on = [...thing.mask.bitmap.keys()].filter((p) => thing.mask?.kind === "bitmap" && thing.mask.bitmap[p] === 1); // prettier-ignore
        const [xs, ys] = [on.map((p) => p % image.width), on.map((p) => Math.floor(p / image.width))];
        const extent = [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
        thing.box.forEach((edge, i) => expect(Math.abs(edge - extent[i])).toBeLessThanOrEqual(1));
      }),
      { numRuns: 12 },
    );
  });
});

test("flipping twice gives everything back, the names of key points too", () => {
  const before = view({ points: [[10.5, 12.5], [30.5, 20.5], [50.5, 30.5]], thing: [8, 6, 24, 20] }); // prettier-ignore
  const once = moveView(before, flipGeometry(before.image));
  expect([...(once.targets?.keypoints?.figures[0].points ?? [])]).toEqual([49.5, 12.5, 2, 9.5, 30.5, 2, 29.5, 20.5, 2]);
  expect(once.targets?.instances?.instances[0].box).toEqual([36, 6, 52, 20]);
  expect(moveView(once, flipGeometry(once.image))).toEqual(before);
});

test("what a crop leaves outside is gone: instance, segment, key point, track", () => {
  const before = view({ points: [[8, 8], [30, 22], [52, 36]], thing: [0, 0, 8, 6] }); // prettier-ignore
  const { targets } = transformView(before, [{ name: "centreCrop", size: 20 }], generator(0, "t"));
  expect(targets?.instances?.instances).toEqual([]);
  expect(targets?.panoptic?.segments.map(({ id }) => id)).toEqual([5]);
  expect([...(targets?.keypoints?.figures[0].points ?? [])]).toEqual([0, 0, 0, 10, 10, 2, 0, 0, 0]);
  expect([...(targets?.clip?.tracks?.[0].boxes ?? [])].every(Number.isNaN)).toBe(true);
});

test("colours change in all frames of a clip, but not in the clean image of a pair", () => {
  const before = view({ points: [[8, 8], [30, 22], [52, 36]], thing: [0, 0, 8, 6] }); // prettier-ignore
  const { image, targets } = transformView(before, [{ name: "colourJitter", brightness: 0.4 }], generator(1, "t"));
  expect(targets?.clip?.frames[0]).toEqual(image);
  expect(image).not.toEqual(before.image);
  expect(targets?.pair?.clean).toEqual(before.image);
  expect(targets?.semantic).toEqual(before.targets?.semantic);
});

describe("RandAugment", () => {
  test("has the 15 operators of the specification", () => {
    expect(randAugmentOperators).toHaveLength(15);
  });

  test("magnitude maps to the specification's arguments", () => {
    const grey = rawImage(20, 10, new Uint8Array(600).fill(100));
    const at = (name: (typeof randAugmentOperators)[number], magnitude: number, sign: 1 | -1 = 1): Uint8Array =>
      applyOperator({ image: grey }, name, { magnitude, sign: () => sign }).image.data;
    expect(at("posterise", 10)[0]).toBe(0);
    expect(at("posterise", 9)[0]).toBe(0); // 4 − int(3.6) = 1 bit
    expect(at("posterise", 5)[0]).toBe(64); // 2 bits
    expect(at("solariseAdd", 9)[0]).toBe(199); // + int(99)
    expect(at("solarise", 9)[0]).toBe(155); // threshold 256 − 230
    expect(at("brightness", 9)[0]).toBe(181);
    expect(at("brightness", 9, -1)[0]).toBe(19);
    expect(at("brightness", 10, -1)[0]).toBe(10);
    const moved = at("translateX", 10); // 9 of 20 pixels
    expect([...moved.subarray(3 * 10, 3 * 10 + 6)]).toEqual([100, 100, 100, 124, 116, 104]);
  });

  test("applies an operator half of the time, at magnitudes around 9", () => {
    const ramp = rawImage(
      16,
      16,
      Uint8Array.from({ length: 768 }, (_, i) => (i * 7) % 251),
    );
    let same = 0;
    for (let i = 0; i < 800; i++) {
      const made = transformView({ image: ramp }, [{ name: "randAugment", operators: 1 }], generator(5, "r", i));
      if (made.image === ramp) same++;
    }
    expect(Math.abs(same / 800 - 0.5)).toBeLessThan(0.06);
  });
});

test("three augment makes grey, solarised or blurred pictures, a third each", () => {
  const flat = rawImage(
    4,
    4,
    new Uint8Array(48).map((_, i) => [200, 100, 50][i % 3]),
  );
  const counts = { grey: 0, solarised: 0, blurred: 0 };
  for (let i = 0; i < 600; i++) {
    const [r, g, b] = transformView({ image: flat }, [{ name: "threeAugment", jitter: 0 }], generator(0, "3", i)).image
      .data;
    if (r === g && g === b) counts.grey++;
    else if (r === 55) counts.solarised++;
    else counts.blurred += Number(r === 200);
  }
  expect(counts.grey + counts.solarised + counts.blurred).toBe(600);
  for (const count of Object.values(counts)) expect(Math.abs(count / 600 - 1 / 3)).toBeLessThan(0.07);
});
