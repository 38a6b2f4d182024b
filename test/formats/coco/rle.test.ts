import fc from "fast-check";
import { expect, test } from "vitest";
import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { polygonRle } from "../../../src/formats/coco/polygon-rle.ts";
import { checkedRle, decodeRle, encodeRle, rleArea } from "../../../src/formats/coco/rle.ts";
import { rleFromString, rleToString } from "../../../src/formats/coco/rle-string.ts";

test("runs go down the columns, zeros first", () => {
  const bitmap = Uint8Array.of(1, 0, 0, 1, 1, 0); // [2, 3]
  const rle = encodeRle(bitmap, 3, 2);
  expect([...rle.counts]).toEqual([0, 2, 1, 1, 2]);
  expect(decodeRle(rle)).toEqual(bitmap);
  expect(rleArea(rle)).toBe(3);
});

// pycocotools 2.0: frPyObjects, then rleToString, of each polygon
const drawn: readonly (readonly [polygon: number[], height: number, width: number, text: string, area: number])[] = [
  [[1, 1, 5, 1, 5, 4, 1, 4], 6, 7, "73300000;", 12],
  [[0, 0, 7, 0, 7, 6, 0, 6], 6, 7, "0Z1", 42],
  [[0.5, 0.5, 3.5, 0.5, 2, 4.25], 6, 7, "7240g0", 4],
  [[1, 1, 5, 4, 5, 1, 1, 4], 6, 7, "734N10O2:", 8],
  [[-3, -2, 9, 2.2, 4, 11], 6, 7, "042>OC0000", 37],
  [[2, 2, 2, 2, 2, 2], 6, 7, "Z1", 0],
  [[1.5, 0, 4.5, 0, 4.5, 6, 1.5, 6], 6, 7, "<b0<", 18],
  [
    [0.87, 38.3, 8.43, 23.56, 11.32, 37.99, 8.32, 22.23, 2.22, 29.55, 9.9, 22.18, 6.74, 35.88],
    40,
    18,
    "]21U12N1O2N1LJVO8i0HVO7m0M5LQO0X10b7",
    48,
  ],
  [
    [6.19, -1.76, 14.32, 0.55, 18.11, -1.32, 14.38, 11.18, 3.66, 7.52, 17.32, 4.2, 14.55, 4.83],
    12,
    17,
    "g11;001O0O1JN23MN22NN22NO03ON0214ON3L4",
    67,
  ],
  [
    [35.79, 1.41, 3.85, 5.59, 39.52, 13.27, 24.95, 8.54],
    31,
    39,
    "Q41n00000001O00000O101O000000001O0O10001O0000NYOLg04YOLf04[OMd02^OMb03^OMb02_ONa0170ZOO>0C0[10F0W1",
    120,
  ],
  [
    [11.69, 16.14, 20.79, 26.03, 24.6, 26.8, 31.4, 28.72, 24.18, 3.06, 31.56, 27.9, 33.28, 15.64],
    27,
    35,
    "d:1j01O1O1O1O1O1O2N1O00001O0GF1:80NFC:?FA8?LA0?3AJ?90J\\1",
    170,
  ],
  [[3.7, 0.73, 15.08, 40.56, -0.23, 32.43, 6.21, 4.48, 3.88, 31.06], 39, 16, "n03P14K6J5CG335;N33L3N3M3L3N3L3M[1", 205],
];

test.each(drawn)("polygon %j is drawn as pycocotools draws it", (polygon, height, width, text, area) => {
  const rle = polygonRle(polygon, width, height);
  expect(rleToString(rle)).toBe(text);
  expect(rleArea(rle)).toBe(area);
});

const bitmaps = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })).chain(([width, height]) =>
  fc.record({
    width: fc.constant(width),
    height: fc.constant(height),
    bitmap: fc.uint8Array({ min: 0, max: 1, minLength: width * height, maxLength: width * height }),
  }),
);

test("bitmap → runs → text → runs → bitmap is the identity", () => {
  fc.assert(
    fc.property(bitmaps, ({ width, height, bitmap }) => {
      const rle = encodeRle(bitmap, width, height);
      expect(decodeRle(rleFromString(rleToString(rle), width, height))).toEqual(bitmap);
      expect(rleArea(rle)).toBe(bitmap.reduce((sum, v) => sum + v, 0));
    }),
  );
});

test("of a polygon, pixels whose middle is far from the outline follow the even-odd rule", () => {
  const corner = fc.double({ min: 0, max: 16, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(corner, corner), { minLength: 3, maxLength: 7 }), (corners) => {
      const bitmap = decodeRle(polygonRle(corners.flat(), 16, 16));
      for (let y = 0; y < 16; y++) {
        for (let x = 0; x < 16; x++) {
          const middle = [x + 0.5, y + 0.5] as const;
          if (distance(middle, corners) > 0.8) expect(bitmap[y * 16 + x]).toBe(isInside(middle, corners) ? 1 : 0);
        }
      }
    }),
    { numRuns: 200 },
  );
});

type Point = readonly [x: number, y: number];

function isInside([x, y]: Point, corners: readonly Point[]): boolean {
  let inside = false;
  corners.forEach(([x0, y0], i) => {
    const [x1, y1] = corners[(i + 1) % corners.length];
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside;
  });
  return inside;
}

/** From a point to the nearest edge. */
function distance([x, y]: Point, corners: readonly Point[]): number {
  return Math.min(
    ...corners.map(([x0, y0], i) => {
      const [x1, y1] = corners[(i + 1) % corners.length];
      const length = (x1 - x0) ** 2 + (y1 - y0) ** 2;
      const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length));
      return Math.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0));
    }),
  );
}

test.each([
  [() => checkedRle(3, 2, [1, 2]), "RLE: runs of 3 pixels in all, but the mask has 6"],
  [() => checkedRle(3, 2, [1, -1, 6]), "RLE: a run of -1 pixels"],
  [() => checkedRle(3, 2, ["6"]), 'RLE: a run of "6" pixels'],
  [() => checkedRle(0, 2, []), "RLE: the size 2 × 0 (height × width) is no mask's"],
  [() => checkedRle(2 ** 14, 2 ** 14, [2 ** 28]), "is no mask's"],
  [() => rleFromString("5ü", 3, 2), 'RLE: the letter "ü" at 1'],
  [() => rleFromString("P", 3, 2), 'RLE: the letter "" at 1'],
  [() => rleFromString("ooooooo0", 3, 2), "RLE: a run of more than 30 bits at letter 6"],
  [() => polygonRle([0, 0, 1e9, 0, 1e9, 1e9], 3, 2), "a polygon of 6 numbers"],
  [() => polygonRle([0, 0, NaN, 0, 2, 2], 3, 2), "a polygon of 6 numbers"],
])("what is no mask is refused with the reason %#", (make, message) => {
  expect(make).toThrow(message);
});

test("any text is an RLE or refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
      try {
        expect(decodeRle(rleFromString(text, 5, 4)).length).toBe(20);
      } catch (error) {
        expect(error).toBeInstanceOf(FoveaError);
      }
    }),
  );
});
