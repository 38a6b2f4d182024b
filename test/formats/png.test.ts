import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { encodePng, type Pixels } from "../../src/formats/png.ts";
import { readPngText, withPngText } from "../../src/formats/png-text.ts";

const picture = (width: number, height: number, channels: 1 | 3 | 4): Pixels => {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 37 + (i >> 3) * 11) & 255);
  return { width, height, channels, data };
};
const options = { deflate: deflateSync };

describe("encodePng", () => {
  test.each([1, 3, 4] as const)("what libpng decodes from %i channels are the same pixels", async (channels) => {
    for (const [width, height] of [
      [1, 1],
      [7, 3],
      [32, 32],
      [129, 5],
    ]) {
      const { data, width: w, height: h, channels: c } = picture(width, height, channels);
      const decoded = await sharp(encodePng(picture(width, height, channels), options))
        .raw()
        .toBuffer({ resolveWithObject: true });
      const pixels = c === 1 ? decoded.data.filter((_, i) => i % decoded.info.channels === 0) : decoded.data;
      expect([decoded.info.width, decoded.info.height]).toEqual([w, h]);
      expect(new Uint8Array(pixels)).toEqual(data);
    }
  });

  test("filters smooth rows, so that a ramp takes less than a tenth of its pixels", () => {
    const data = Uint8Array.from({ length: 256 * 64 * 3 }, (_, i) => Math.floor(i / 3) & 255);
    expect(encodePng({ width: 256, height: 64, channels: 3, data }, options).length).toBeLessThan(data.length / 10);
  });

  test("refuses data of another length than the shape", () => {
    const wrong = { width: 2, height: 2, channels: 3 as const, data: new Uint8Array(11) };
    expect(() => encodePng(wrong, options)).toThrow("encodePng: [2, 2, 3] pixels in 11 bytes");
  });
});

describe("PNG text", () => {
  const text = { run: "cifar-ft", step: "1200", seed: "0", recipeHash: "ab12" };

  test("is read back from chunks that libpng accepts", async () => {
    const png = encodePng(picture(4, 4, 3), { ...options, text: { ...text, note: "分类" } });
    expect(Object.fromEntries(readPngText(png))).toEqual({ ...text, note: "分类" });
    const { comments } = await sharp(png).metadata();
    expect(comments?.find((comment) => comment.keyword === "recipeHash")?.text).toBe("ab12");
  });

  test("is inserted into a PNG of another program without touching its pixels", async () => {
    const foreign = await sharp({ create: { width: 5, height: 4, channels: 3, background: "#123456" } })
      .png()
      .toBuffer();
    const marked = withPngText(foreign, text);
    expect(Object.fromEntries(readPngText(marked))).toEqual(text);
    expect(await sharp(marked).raw().toBuffer()).toEqual(await sharp(foreign).raw().toBuffer());
  });

  test("any text comes back as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        const png = encodePng(picture(1, 1, 1), { ...options, text: { value } });
        expect(readPngText(png).get("value")).toBe(value.replaceAll("\0", "\ufffd"));
      }),
    );
  });

  test("refuses a damaged, cut or lengthened file, and a key that PNG does not allow", () => {
    const png = encodePng(picture(2, 2, 1), options);
    const flipped = png.slice();
    flipped[45] ^= 1;
    expect(() => readPngText(flipped)).toThrow("PNG: the chunk at byte 33 is damaged");
    expect(() => readPngText(png.subarray(0, png.length - 1))).toThrow(FoveaError);
    expect(() => readPngText(Buffer.concat([png, Buffer.of(0)]))).toThrow("PNG: 1 bytes follow the IEND chunk");
    expect(() => readPngText(new Uint8Array(9))).toThrow("PNG: the signature is missing");
    expect(() => withPngText(png, { "": "x" })).toThrow('the key "" is not 1-79 printable ASCII characters');
  });
});
