import sharp, { type TiffOptions } from "sharp";
import { describe, expect, test } from "vitest";
import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { memorySource } from "../../../src/files/byte-source.ts";
import { defaultLimits } from "../../../src/files/limits.ts";
import { decodeBmp } from "../../../src/formats/bmp/bmp.ts";
import { decodeNetpbm } from "../../../src/formats/netpbm/netpbm.ts";
import type { Raster } from "../../../src/formats/raster/raster.ts";
import { decodeTiff } from "../../../src/formats/tiff/tiff.ts";
import { chance } from "../mutations.ts";

const pick = chance(11);
/** Runs and noise, so that every code of a compression is met. */
const pixels = (count: number): Uint8Array => {
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = i % 7 < 4 ? 200 : pick(256);
  return out;
};
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe("TIFF as libvips writes it", () => {
  const raw = { width: 61, height: 43 };
  const rgb = pixels(61 * 43 * 3);
  const tiff = async (options: TiffOptions, channels: 1 | 3 = 3): Promise<Raster> => {
    const data = channels === 3 ? rgb : rgb.subarray(0, 61 * 43);
    const image = sharp(data, { raw: { ...raw, channels } }).toColourspace(channels === 1 ? "b-w" : "srgb");
    return decodeTiff(memorySource(new Uint8Array(await image.tiff(options).toBuffer()), "a.tif"));
  };

  test.each(["none", "lzw", "deflate", "packbits"] as const)(
    "%s, in strips and tiles, is read exactly",
    async (compression) => {
      for (const options of [
        { compression, predictor: "none" },
        { compression, predictor: "none", tile: true, tileWidth: 16, tileHeight: 32 },
      ] as const) {
        const { array, channels } = await tiff(options);
        expect(channels).toBe(3);
        expect(array.data).toEqual(rgb);
      }
    },
  );

  test.each(["lzw", "deflate"] as const)("%s with horizontal differencing is read exactly", async (compression) => {
    expect((await tiff({ compression, predictor: "horizontal" })).array.data).toEqual(rgb);
    expect((await tiff({ compression, predictor: "horizontal" }, 1)).array.data).toEqual(rgb.subarray(0, 61 * 43));
  });

  test("16 bits and floats keep their numbers", async () => {
    const numbers = Uint16Array.from({ length: 40 * 20 }, () => pick(65536));
    for (const predictor of ["none", "horizontal"] as const) {
      const file = await sharp(numbers, { raw: { width: 40, height: 20, channels: 1 } })
        .toColourspace("grey16")
        .tiff({ compression: "lzw", predictor })
        .toBuffer();
      const { array, most } = decodeTiff(memorySource(new Uint8Array(file), "a.tif"));
      expect([array.type, most]).toEqual(["uint16", 65535]);
      expect(array.data).toEqual(numbers);
    }
  });

  test("one bit becomes 0 and 255", async () => {
    const file = await sharp(rgb.subarray(0, 61 * 43), { raw: { ...raw, channels: 1 } })
      .threshold(128)
      .toColourspace("b-w")
      .tiff({ bitdepth: 1, compression: "none" })
      .toBuffer();
    const expected = rgb.subarray(0, 61 * 43).map((value) => (value >= 128 ? 255 : 0));
    expect(decodeTiff(memorySource(new Uint8Array(file), "a.tif")).array.data).toEqual(expected);
  });

  test("JPEG inside TIFF is refused by name", async () => {
    await expect(tiff({ compression: "jpeg" })).rejects.toThrow(/a.tif: (compression JPEG|colours of kind 6)/);
  });

  test("a directory that follows itself is refused", () => {
    const bytes = new Uint8Array(14);
    bytes.set([0x49, 0x49, 42, 0, 8]);
    bytes[10] = 8; // no fields, next directory at byte 8
    expect(() => decodeTiff(memorySource(bytes, "loop.tif"))).toThrow(
      "loop.tif: the directory at byte 8 follows itself",
    );
  });
});

describe("PBM, PGM, PPM, PAM", () => {
  const read = (...parts: Uint8Array[]): Raster => decodeNetpbm(memorySource(joined(...parts), "a.pnm"));

  test("the examples of netpbm's manual pages are read", () => {
    const plain = read(text("P3\n# feep\n2 2\n15\n 0 0 0 15 0 15\n 0 15 7 0 0 0\n"));
    expect([plain.width, plain.height, plain.channels, plain.most]).toEqual([2, 2, 3, 15]);
    expect([...plain.array.data]).toEqual([0, 0, 0, 15, 0, 15, 0, 15, 7, 0, 0, 0]);
    expect([...read(text("P1 3 2 101010")).array.data]).toEqual([0, 255, 0, 255, 0, 255]);
    expect([...read(text("P4 10 1\n"), Uint8Array.of(0b10000000, 0b01000000)).array.data]).toEqual([
      0, 255, 255, 255, 255, 255, 255, 255, 255, 0,
    ]);
  });

  test("16 bits are big endian, and PAM has a header of words", () => {
    const wide = read(text("P5 2 1 65535\n"), Uint8Array.of(1, 2, 255, 254));
    expect([...wide.array.data]).toEqual([258, 65534]);
    const pam = read(
      text("P7\nWIDTH 1\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"),
      Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    );
    expect([pam.channels, pam.array.shape]).toEqual([4, [2, 1, 4]]);
  });

  test("what does not fit is refused with the reason", () => {
    expect(() => read(text("P5 2 2 255\n"), new Uint8Array(3))).toThrow(
      "a.pnm: 4 bytes at offset 11 are not inside its 14 bytes",
    );
    expect(() => read(text("P5 2 1 100\n"), Uint8Array.of(1, 101))).toThrow("value 101 above the maximum of 100");
    expect(() => read(text("P5 40000 1 255\n"))).toThrow("40000×1 pixels with 1 channels");
    expect(() => read(text("P2 2 1 255 7 "))).toThrow("no value 1 at byte 13");
  });
});

describe("BMP", () => {
  const header = (width: number, height: number, bits: number, compression: number, colours: number): Uint8Array => {
    const bytes = new Uint8Array(54 + 4 * colours);
    const view = new DataView(bytes.buffer);
    bytes.set([0x42, 0x4d]);
    for (const [at, value] of [[10, bytes.length], [14, 40], [18, width], [22, height], [30, compression], [46, colours]] as const) view.setInt32(at, value, true); // prettier-ignore
    view.setUint16(26, 1, true);
    view.setUint16(28, bits, true);
    for (let i = 0; i < colours; i++) bytes.set([i, 10 * i, 20 * i], 54 + 4 * i);
    return bytes;
  };
  const read = (...parts: Uint8Array[]): Raster => decodeBmp(memorySource(joined(...parts), "a.bmp"));

  test("run-length coded pixels are read as the specification's example says", () => {
    const runs = Uint8Array.of(3, 4, 5, 6, 0, 3, 4, 5, 6, 0, 2, 7, 0, 2, 5, 1, 2, 7, 0, 0, 9, 1, 0, 1);
    const { array } = read(header(20, 3, 8, 1, 12), runs); // the first row is the lowest
    const reds = (row: number): number[] =>
      Array.from({ length: 20 }, (_, x) => Number(array.data[(row * 20 + x) * 3]) / 20);
    expect(reds(1).slice(17)).toEqual([0, 7, 7]);
    expect(reds(2).slice(0, 13)).toEqual([4, 4, 4, 6, 6, 6, 6, 6, 4, 5, 6, 7, 7]);
    expect(reds(0).slice(0, 10)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
  });

  test("four bits with a colour table, rows from the top", () => {
    const { array, channels } = read(header(3, -1, 4, 0, 4), Uint8Array.of(0x12, 0x30, 0, 0));
    expect([channels, ...array.data]).toEqual([3, 20, 10, 1, 40, 20, 2, 60, 30, 3]);
  });

  test("24 bits are read from the last row, blue first; rows end at 4 bytes; cut short they are refused", () => {
    const rows = Uint8Array.of(3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0);
    expect([...read(header(2, 2, 24, 0, 0), rows).array.data]).toEqual([7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6]);
    expect(() => read(header(2, 2, 24, 0, 0), rows.subarray(1))).toThrow("a.bmp: 16 bytes at offset 54 are not inside its 69 bytes"); // prettier-ignore
  });

  test("sixteen bits are stretched, five each", () => {
    const { array } = read(header(2, 1, 16, 0, 0), Uint8Array.of(0xff, 0x7f, 0x1f, 0x00));
    expect([...array.data]).toEqual([255, 255, 255, 0, 0, 255]);
  });

  test("a runaway run is refused", () => {
    expect(() => read(header(2, 1, 8, 1, 2), Uint8Array.of(3, 1, 0, 1))).toThrow("a run reaches past the 2×1 pixels");
    expect(() => read(header(30000, 2000, 8, 1, 2), Uint8Array.of(0, 1))).toThrow(FoveaError);
    expect(() =>
      decodeBmp(memorySource(joined(header(2, 2, 24, 0, 0), new Uint8Array(16)), "a"), {
        ...defaultLimits,
        imageSide: 1,
      }),
    ).toThrow("2×2 pixels");
  });
});
