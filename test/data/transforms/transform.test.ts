import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rawImage, type RawImage } from "../../../src/data/image.ts";
import { randomBox } from "../../../src/data/transforms/crop.ts";
import { flipHorizontally } from "../../../src/data/transforms/flip.ts";
import { denormalise, imagenetNormalisation, normaliseInto } from "../../../src/data/transforms/normalise.ts";
import { resizedTo } from "../../../src/data/transforms/resize.ts";
import { applyTransforms, transformSchema, type TransformSpec } from "../../../src/data/transforms/transform.ts";
import { generator } from "../../../src/random/generator.ts";

/** Pixel (x, y) is [x, y, 7]. */
function coordinates(width: number, height: number): RawImage {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) =>
    i % 3 === 0 ? Math.floor(i / 3) % width : i % 3 === 1 ? Math.floor(i / 3 / width) : 7,
  );
  return rawImage(width, height, data);
}
const one = (image: RawImage, spec: TransformSpec, random = generator(0, "a")): RawImage =>
  applyTransforms(image, [spec], random);
const corner = ({ data }: RawImage): number[] => [...data.subarray(0, 3)];

describe("crops", () => {
  test("the centre crop rounds half places to even, as Python does", () => {
    expect(corner(one(coordinates(9, 7), { name: "centreCrop", size: 4 }))).toEqual([2, 2, 7]); // (9−4)/2 = 2.5 → 2, (7−4)/2 = 1.5 → 2
    expect(corner(one(coordinates(8, 8), { name: "centreCrop", size: [2, 8] }))).toEqual([0, 3, 7]);
  });

  test("a crop larger than the image is refused with both sizes", () => {
    expect(() => one(coordinates(10, 6), { name: "centreCrop", size: 8 })).toThrow(
      "centreCrop: an image of 10×6 pixels (width × height) does not hold 8×8",
    );
    expect(() => one(coordinates(4, 4), { name: "randomCrop", size: 7, padding: 1 })).toThrow("6×6 pixels");
  });

  test("random crops with padding reach every place, with black outside", () => {
    const places = new Set<string>();
    for (let i = 0; i < 300; i++) {
      const { data } = one(
        rawImage(4, 4, new Uint8Array(48).fill(9)),
        { name: "randomCrop", size: 4, padding: 1 },
        generator(0, "crop", i),
      );
      places.add([...data].map((value) => (value === 9 ? 1 : 0)).join(""));
    }
    expect(places.size).toBe(9);
  });

  test("a random box lies inside, with area and ratio in range", () => {
    const side = fc.integer({ min: 8, max: 200 });
    fc.assert(
      fc.property(side, side, fc.nat(), (width, height, seed) => {
        const range = { scale: [0.2, 1], ratio: [3 / 4, 4 / 3] } as const;
        const box = randomBox(width, height, range, generator(seed, "box"));
        expect(box.left >= 0 && box.top >= 0 && box.width >= 1 && box.height >= 1).toBe(true);
        expect(box.left + box.width <= width && box.top + box.height <= height).toBe(true);
        const ratio = box.width / box.height;
        expect(ratio).toBeGreaterThan(((box.width - 1) / (box.height + 1)) * 0.74);
        expect(ratio).toBeLessThan(Math.max(4 / 3, (box.width + 1) / Math.max(1, box.height - 1)) * 1.01);
      }),
    );
  });

  test("where no box fits, the largest central one with an allowed ratio is taken", () => {
    const wide = randomBox(100, 10, { scale: [1, 1], ratio: [3 / 4, 4 / 3] }, generator(0, "box"));
    expect(wide).toEqual({ left: 43, top: 0, width: 13, height: 10 });
    const tall = randomBox(10, 100, { scale: [1, 1], ratio: [3 / 4, 4 / 3] }, generator(0, "box"));
    expect(tall).toEqual({ left: 0, top: 43, width: 10, height: 13 });
  });

  test("the mean area of random boxes is that of the range", () => {
    let area = 0;
    for (let i = 0; i < 4000; i++) {
      const box = randomBox(320, 320, { scale: [0.4, 0.6], ratio: [1, 1] }, generator(0, "area", i));
      area += (box.width * box.height) / 320 ** 2 / 4000;
    }
    expect(Math.abs(area - 0.5)).toBeLessThan(0.01);
  });
});

test("flipping twice gives the image back, once mirrors each row", () => {
  const image = coordinates(5, 3);
  expect(corner(flipHorizontally(image))).toEqual([4, 0, 7]);
  expect(flipHorizontally(flipHorizontally(image))).toEqual(image);
});

test("resize to one number scales the shorter side and keeps the ratio, rounded down", () => {
  expect(resizedTo({ width: 50, height: 33 }, 16)).toEqual([24, 16]);
  expect(resizedTo({ width: 33, height: 50 }, 16)).toEqual([16, 24]);
  expect(resizedTo({ width: 33, height: 50 }, [20, 10])).toEqual([10, 20]);
});

test("normalising gives (pixel / 255 − mean) / std by channel, rows first, and is undone", () => {
  const image = coordinates(3, 2);
  const out = new Float32Array(1 + 18);
  normaliseInto(image, imagenetNormalisation, out, 1);
  expect(out[1 + 2]).toBeCloseTo((2 / 255 - 0.485) / 0.229, 6); // red of (2, 0)
  expect(out[1 + 6 + 3]).toBeCloseTo((1 / 255 - 0.456) / 0.224, 6); // green of (0, 1)
  expect(out[1 + 12]).toBeCloseTo((7 / 255 - 0.406) / 0.225, 6);
  expect(denormalise(out, 1, 2, 3, imagenetNormalisation)).toEqual(image.data);
});

describe("specs", () => {
  const augment: TransformSpec[] = [
    { name: "randomResizedCrop", size: 8, scale: [0.3, 1] },
    { name: "horizontalFlip" },
    { name: "randomCrop", size: 8, padding: 2 },
  ];

  test("the result depends on image and stream alone", () => {
    const run = (seed: number): RawImage => applyTransforms(coordinates(20, 16), augment, generator(seed, "t"));
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  test("the input is left as it was", () => {
    const image = coordinates(20, 16);
    applyTransforms(image, augment, generator(0, "t"));
    expect(image).toEqual(coordinates(20, 16));
  });

  test("unknown names and keys, and shares above 1, are refused", () => {
    expect(transformSchema.safeParse({ name: "resize", size: 8 }).success).toBe(true);
    expect(transformSchema.safeParse({ name: "rotate", size: 8 }).success).toBe(false);
    expect(transformSchema.safeParse({ name: "resize", size: 8, sise: 9 }).success).toBe(false);
    expect(transformSchema.safeParse({ name: "randomResizedCrop", size: 8, scale: [0.5, 2] }).success).toBe(false);
    expect(transformSchema.safeParse({ name: "randomResizedCrop", size: 8, scale: [1, 0.5] }).success).toBe(false);
  });
});
