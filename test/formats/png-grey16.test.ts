import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { decodePng } from "../../src/formats/png-decoder.ts";
import { encodeGrey16, type Grey16 } from "../../src/formats/png-grey16.ts";

const encode = (map: Grey16): Uint8Array => encodeGrey16(map, { deflate: deflateSync });

const maps = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([width, height]) =>
    fc.uint16Array({ minLength: width * height, maxLength: width * height }).map((data) => ({ width, height, data })),
  );

test("sharp reads every number back, the first row on top", async () => {
  await fc.assert(
    fc.asyncProperty(maps, async (map) => {
      const { data, info } = await sharp(encode(map))
        .toColourspace("grey16")
        .raw({ depth: "ushort" })
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([map.width, map.height, 1]);
      expect(new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))).toEqual(map.data);
    }),
    { numRuns: 40 },
  );
});

test("our own reader gives the map back", () => {
  fc.assert(
    fc.property(maps, ({ width, height, data }) => {
      expect(decodePng(encode({ width, height, data }))).toEqual({ width, height, bitDepth: 16, channels: 1, data }); // prettier-ignore
    }),
  );
});

test.each([
  [2, 3, 5],
  [0, 3, 0],
  [3, 0, 0],
])("a map of %i by %i with %i numbers is a bug of the caller", (width, height, length) => {
  expect(() => encode({ width, height, data: new Uint16Array(length) })).toThrow(
    `encodeGrey16: [${height}, ${width}] numbers in an array of ${length}`,
  );
});
