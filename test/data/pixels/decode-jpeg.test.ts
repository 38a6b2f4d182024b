import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { cutPart } from "../../../src/data/image-part.ts";
import { rawImage, type RawImage } from "../../../src/data/image.ts";
import { decodeJpeg } from "../../../src/data/pixels/decode-jpeg.ts";
import { generator } from "../../../src/random/generator.ts";
import { sharedData } from "../shared-data.ts";

/** Blobs of colour with some noise: all coefficients occur. */
function picture(width: number, height: number, seed: number): Uint8Array {
  const random = generator(seed, "picture");
  const [fx, fy] = [0.05 + random.uniform() / 3, 0.05 + random.uniform() / 3];
  return Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return 128 + 90 * Math.sin(fx * x + i) * Math.cos(fy * y) + 35 * random.uniform();
  });
}

const encoder = (width: number, height: number, seed: number, channels: 1 | 3 = 3): ReturnType<typeof sharp> =>
  sharp(picture(width, height, seed).subarray(0, channels * width * height), { raw: { width, height, channels } });

/** What libjpeg-turbo decodes. */
async function byLibjpeg(bytes: Uint8Array): Promise<RawImage> {
  const { data, info } = await sharp(bytes, { ignoreIcc: true }).toColourspace("srgb").raw().toBuffer({ resolveWithObject: true }); // prettier-ignore
  const pixels = new Uint8Array(3 * info.width * info.height);
  for (let i = 0; i < pixels.length; i++) pixels[i] = info.channels === 3 ? data[i] : data[Math.floor(i / 3)];
  return rawImage(info.width, info.height, pixels);
}

const same = (a: RawImage | undefined, b: RawImage): boolean =>
  a !== undefined && a.width === b.width && a.height === b.height && Buffer.compare(a.data, b.data) === 0;

/** 21 × 11 pixels, quality 40, optimised tables. */
const halfWidth =
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAALABUDASEAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAABAADBf/EACAQAAEDAgcAAAAAAAAAAAAAAAABAgMFYQQSITEyUVL/xAAYAQADAQEAAAAAAAAAAAAAAAADBAUBBv/EABwRAAEFAAMAAAAAAAAAAAAAAAABAgMEEhEhMf/aAAwDAQACEQMRAD8A4UWAsNip9hXWgtacWynabEZktNsdG0LG9IPhY3ygKM5Cu5RscbcvFCHE8LDXLwf/2Q==";

describe("decoding a plain JPEG", () => {
  test("gives libjpeg's pixels to the bit, at every size, quality and sampling", async () => {
    const sizes = [[1, 1], [5, 3], [8, 8], [16, 16], [17, 33], [40, 23], [131, 67]] as const; // prettier-ignore
    for (const [width, height] of sizes) {
      for (const chromaSubsampling of ["4:2:0", "4:4:4"]) {
        for (const quality of [5, 60, 95, 100]) {
          const bytes = await encoder(width, height, quality).jpeg({ quality, chromaSubsampling }).toBuffer();
          const expected = await byLibjpeg(bytes);
          const narrow = chromaSubsampling === "4:2:0" && width < 5; // left to libjpeg
          if (!narrow) expect(same(decodeJpeg(bytes), expected), `${width}×${height} ${quality}`).toBe(true);
        }
      }
      const grey = await encoder(width, height, 3, 1).toColourspace("b-w").jpeg().toBuffer();
      expect(same(decodeJpeg(grey), await byLibjpeg(grey)), `grey ${width}×${height}`).toBe(true);
    }
  });

  test("takes half-width chroma (4:2:2), which sharp does not write: a file by Pillow", async () => {
    const bytes = Buffer.from(halfWidth, "base64");
    const whole = await byLibjpeg(bytes);
    expect(same(decodeJpeg(bytes), whole)).toBe(true);
    const part = { left: 3, top: 2, width: 14, height: 8 };
    expect(same(decodeJpeg(bytes, () => part), cutPart(whole, part))).toBe(true); // prettier-ignore
  });

  test("gives a part as it is cut out of the whole", async () => {
    for (const chromaSubsampling of ["4:2:0", "4:4:4"]) {
      const bytes = await encoder(75, 54, 1).jpeg({ chromaSubsampling }).toBuffer();
      const whole = await byLibjpeg(bytes);
      const place = fc.record({
        left: fc.nat(74),
        top: fc.nat(53),
        width: fc.integer({ min: 1, max: 75 }),
        height: fc.integer({ min: 1, max: 54 }),
      });
      fc.assert(
        fc.property(place, ({ left, top, width, height }) => {
          const part = { left, top, width: Math.min(width, 75 - left), height: Math.min(height, 54 - top) };
          expect(same(decodeJpeg(bytes, () => part), cutPart(whole, part))).toBe(true); // prettier-ignore
        }),
        { numRuns: 60 },
      );
    }
  });

  test("leaves what is not plain to libjpeg: progressive files, turned pictures, cut and lengthened ones", async () => {
    const bytes = await encoder(40, 40, 2).jpeg().toBuffer();
    const others = [
      await encoder(40, 40, 2).jpeg({ progressive: true }).toBuffer(),
      await encoder(40, 40, 2).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
      await encoder(40, 40, 2).toColourspace("cmyk").jpeg().toBuffer(),
      await encoder(40, 40, 2).png().toBuffer(),
      bytes.subarray(0, bytes.length - 2),
      bytes.subarray(0, 300),
      Buffer.concat([bytes.subarray(0, -2), Buffer.alloc(50, 1), bytes.subarray(-2)]),
      Buffer.alloc(0),
    ];
    for (const [i, other] of others.entries()) expect(decodeJpeg(other), `case ${i}`).toBeUndefined();
    const upright = await encoder(40, 40, 2).withMetadata({ orientation: 1 }).jpeg().toBuffer();
    expect(same(decodeJpeg(upright), await byLibjpeg(upright))).toBe(true);
  });

  test("takes of damaged files only those that libjpeg takes, with the same pixels", async () => {
    const honest = await encoder(48, 32, 4).jpeg({ quality: 50 }).toBuffer();
    const random = generator(0, "damage");
    let taken = 0;
    for (let run = 0; run < 300; run++) {
      const bytes = Buffer.from(honest);
      for (let flips = 1 + random.integer(3); flips > 0; flips--)
        bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
      const image = decodeJpeg(bytes);
      if (image === undefined) continue;
      taken++;
      expect(same(image, await byLibjpeg(bytes)), `run ${run}`).toBe(true);
    }
    expect(taken).toBeGreaterThan(20);
  });

  const samples = sharedData("imagenet-sample");
  test.skipIf(samples.missing)("gives libjpeg's pixels of ImageNet's files to the bit", async () => {
    const names = readdirSync(samples.root).filter((name) => name.endsWith(".JPEG"));
    for (const name of names.slice(0, 24)) {
      const bytes = readFileSync(join(samples.root, name));
      expect(same(decodeJpeg(bytes), await byLibjpeg(bytes)), name).toBe(true);
    }
  });
});
