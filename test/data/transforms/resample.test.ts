import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rawImage, type RawImage } from "../../../src/data/image.ts";
import { filters, resample, type Filter } from "../../../src/data/transforms/resample.ts";

interface PillowCase {
  readonly from: readonly [width: number, height: number];
  readonly to: readonly [width: number, height: number];
  readonly filter: Filter;
  /** The first three pixels. */
  readonly first: readonly number[];
  /** Of all bytes, 16 digits. */
  readonly sha256: string;
}

/** Results of `Image.resize` of Pillow on `pattern`. */
const pillow: readonly PillowCase[] = [
  {
    from: [7, 5],
    to: [3, 4],
    filter: "bilinear",
    first: [13, 74, 135, 81, 138, 172, 184, 149, 114],
    sha256: "82be9033da8bbbe7",
  },
  {
    from: [7, 5],
    to: [3, 4],
    filter: "bicubic",
    first: [6, 67, 131, 73, 141, 181, 193, 150, 112],
    sha256: "2f863a65b4c12b6a",
  },
  {
    from: [5, 7],
    to: [11, 13],
    filter: "bilinear",
    first: [0, 61, 122, 1, 62, 123, 4, 65, 126],
    sha256: "ab84ac3383c9b330",
  },
  {
    from: [5, 7],
    to: [11, 13],
    filter: "bicubic",
    first: [0, 60, 121, 1, 62, 123, 2, 63, 124],
    sha256: "8fc2a3f506ba7886",
  },
  {
    from: [32, 32],
    to: [20, 45],
    filter: "bilinear",
    first: [3, 64, 125, 29, 90, 151, 89, 150, 200],
    sha256: "844ba7951d87f9d5",
  },
  {
    from: [32, 32],
    to: [20, 45],
    filter: "bicubic",
    first: [1, 62, 123, 24, 85, 146, 82, 153, 215],
    sha256: "fc4a2dfad92f1d89",
  },
  {
    from: [64, 48],
    to: [32, 32],
    filter: "bilinear",
    first: [12, 73, 134, 63, 124, 173, 158, 163, 128],
    sha256: "27de3d72859b0161",
  },
  {
    from: [64, 48],
    to: [32, 32],
    filter: "bicubic",
    first: [5, 66, 128, 54, 122, 182, 168, 171, 125],
    sha256: "961b8bbb6865415d",
  },
  {
    from: [1, 9],
    to: [4, 2],
    filter: "bilinear",
    first: [21, 82, 143, 21, 82, 143, 21, 82, 143],
    sha256: "8f3e158fd420a459",
  },
  {
    from: [1, 9],
    to: [4, 2],
    filter: "bicubic",
    first: [15, 76, 145, 15, 76, 145, 15, 76, 145],
    sha256: "b4861350f742edc0",
  },
  {
    from: [13, 1],
    to: [5, 5],
    filter: "bilinear",
    first: [14, 75, 136, 87, 148, 170, 180, 145, 126],
    sha256: "b451a590ad81c09c",
  },
  {
    from: [13, 1],
    to: [5, 5],
    filter: "bicubic",
    first: [7, 68, 133, 89, 150, 174, 185, 148, 124],
    sha256: "4b78f93f907f3ba7",
  },
  {
    from: [100, 3],
    to: [7, 3],
    filter: "bilinear",
    first: [121, 136, 133, 135, 109, 134, 139, 145, 141],
    sha256: "64a328e45dd2347f",
  },
  {
    from: [100, 3],
    to: [7, 3],
    filter: "bicubic",
    first: [118, 137, 133, 137, 107, 135, 138, 148, 142],
    sha256: "d82e0f5f0c7f6d5f",
  },
  {
    from: [64, 48],
    to: [32, 24],
    filter: "box",
    first: [9, 70, 131, 64, 125, 186, 175, 172, 105],
    sha256: "292bdc8b65069519",
  },
  {
    from: [64, 48],
    to: [32, 24],
    filter: "lanczos",
    first: [5, 63, 129, 64, 138, 175, 180, 160, 119],
    sha256: "3dbba6794dcc4bc5",
  },
  {
    from: [7, 5],
    to: [3, 4],
    filter: "box",
    first: [4, 65, 126, 68, 129, 190, 214, 147, 80],
    sha256: "d091ca6786bb6c1a",
  },
  {
    from: [7, 5],
    to: [3, 4],
    filter: "lanczos",
    first: [4, 61, 130, 71, 146, 183, 196, 151, 113],
    sha256: "a457afe3e8feb392",
  },
  {
    from: [5, 7],
    to: [11, 13],
    filter: "box",
    first: [0, 61, 122, 0, 61, 122, 7, 68, 129],
    sha256: "f8aea13fee6df72f",
  },
  {
    from: [5, 7],
    to: [11, 13],
    filter: "lanczos",
    first: [0, 61, 122, 0, 61, 122, 2, 63, 124],
    sha256: "bb366c6289c8e334",
  },
];

function pattern(width: number, height: number): RawImage {
  const image = rawImage(width, height);
  for (let i = 0; i < image.data.length; i++) {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    image.data[i] = (x * x * 7 + y * 13 * x + c * 61 + y * y * 3) % 256;
  }
  return image;
}

test.each(pillow)("$filter $from to $to is Pillow's, bit for bit", ({ from, to, filter, first, sha256 }) => {
  const { data } = resample(pattern(...from), ...to, filter);
  expect([...data.subarray(0, 9)]).toEqual(first);
  expect(createHash("sha256").update(data).digest("hex").slice(0, 16)).toBe(sha256);
});

test("a flat image stays flat, and the same size is the same image", () => {
  const side = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(side, side, side, side, fc.nat(255), fc.constantFrom(...filters), (w, h, toW, toH, value, filter) => {
      const flat = rawImage(w, h, new Uint8Array(3 * w * h).fill(value));
      expect(resample(flat, toW, toH, filter).data.every((byte) => byte === value)).toBe(true);
      expect(resample(pattern(w, h), w, h, filter)).toEqual(pattern(w, h));
    }),
    { numRuns: 60 },
  );
});
