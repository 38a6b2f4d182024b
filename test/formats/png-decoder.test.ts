import sharp from "sharp";
import fc from "fast-check";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { decodePng } from "../../src/formats/png-decoder.ts";
import { encodePng } from "../../src/formats/png.ts";
import { encodeChunk, signature } from "../../src/formats/png-text.ts";
import { chance, mutate } from "./mutations.ts";

const noise = (length: number, most = 256): number[] => {
  const pick = chance(length);
  return Array.from({ length }, () => pick(most));
};

test.each([1, 3, 4] as const)("a PNG of %i channels that libvips wrote gives back its numbers", async (channels) => {
  const data = Uint8Array.from(noise(17 * 9 * channels));
  const raw = { width: 17, height: 9, channels };
  const png = await sharp(data, { raw })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png({ adaptiveFiltering: true })
    .toBuffer();
  const decoded = decodePng(png);
  expect([decoded.width, decoded.height, decoded.channels, decoded.bitDepth]).toEqual([17, 9, channels, 8]);
  expect(decoded.data).toEqual(data);
});

test("16 bits stay 16 bits", async () => {
  const data = Uint16Array.from(noise(20 * 7, 65536));
  const png = await sharp(data, { raw: { width: 20, height: 7, channels: 1 } })
    .toColourspace("grey16")
    .png()
    .toBuffer();
  const decoded = decodePng(png);
  expect(decoded.bitDepth).toBe(16);
  expect(decoded.data).toEqual(data);
});

test("a palette's indices are kept, not its colours", () => {
  const header = Uint8Array.of(0, 0, 0, 5, 0, 0, 0, 2, 2, 3, 0, 0, 0); // 5 × 2 pixels of 2 bits
  const rows = Uint8Array.of(0, 0b00011011, 0b01000000, 2, 0b01000000, 0b00000000); // the second: up
  const chunks = [
    encodeChunk("IHDR", header),
    encodeChunk("PLTE", Uint8Array.of(0, 0, 0, 128, 0, 0, 0, 128, 0, 224, 224, 192)),
    encodeChunk("IDAT", deflateSync(rows)),
    encodeChunk("IEND", new Uint8Array(0)),
  ];
  const decoded = decodePng(Buffer.concat([signature, ...chunks]));
  expect([...decoded.data]).toEqual([0, 1, 2, 3, 1, 1, 1, 2, 3, 1]);
  expect(decoded.palette?.length).toBe(12);
});

test("what encodePng writes is read back", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(1 as const, 3 as const, 4 as const),
      (width, height, channels) => {
        const data = Uint8Array.from(noise(width * height * channels));
        expect(decodePng(encodePng({ width, height, channels, data }, { deflate: deflateSync })).data).toEqual(data);
      },
    ),
  );
});

test("2,000 damaged PNGs give a picture or a refusal", async () => {
  const pick = chance(5);
  const data = Uint8Array.from(noise(300));
  const png = new Uint8Array(
    await sharp(data, { raw: { width: 10, height: 10, channels: 3 } })
      .png()
      .toBuffer(),
  );
  for (let i = 0; i < 2000; i++) {
    try {
      expect(decodePng(mutate(png, pick, data)).data.length).toBeGreaterThan(0);
    } catch (error) {
      expect(error).toBeInstanceOf(FoveaError);
    }
  }
});
