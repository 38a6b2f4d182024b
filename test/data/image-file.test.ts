import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage, readImageFile } from "../../src/data/image-file.ts";
import { defaultLimits } from "../../src/files/limits.ts";
import { newFolder, pngBytes, writeBelow } from "./image-files.ts";

const raw = (channels: 1 | 2 | 3 | 4, data: number[]): ReturnType<typeof sharp> =>
  sharp(Uint8Array.from(data), { raw: { width: data.length / channels, height: 1, channels } });

describe("decoding an image file", () => {
  test("gives the pixels of a PNG, grey expanded, transparency dropped, 16 bits cut", async () => {
    expect([...(await decodeImage(await raw(3, [1, 2, 3, 250, 5, 6]).png().toBuffer(), "a")).data]).toEqual([
      1, 2, 3, 250, 5, 6,
    ]);
    const grey = await raw(1, [9, 200]).toColourspace("b-w").png().toBuffer();
    expect([...(await decodeImage(grey, "a")).data]).toEqual([9, 9, 9, 200, 200, 200]);
    const clear = await raw(4, [10, 20, 30, 0, 40, 50, 60, 255]).png().toBuffer();
    expect([...(await decodeImage(clear, "a")).data]).toEqual([10, 20, 30, 40, 50, 60]);
    const deep = await raw(3, [10, 20, 30]).toColourspace("rgb16").png().toBuffer();
    const { data } = await decodeImage(deep, "a");
    expect(data.length).toBe(3);
    [10, 20, 30].forEach((value, c) => expect(Math.abs(data[c] - value)).toBeLessThanOrEqual(1));
  });

  test("reads JPEG and WebP, and turns a picture as its camera says", async () => {
    const image = sharp({ create: { width: 12, height: 8, channels: 3, background: "#804020" } });
    const jpeg = await image.clone().jpeg().toBuffer();
    const webp = await image.clone().webp({ lossless: true }).toBuffer();
    for (const bytes of [jpeg, webp]) {
      const { width, height, data } = await decodeImage(bytes, "a");
      expect([width, height]).toEqual([12, 8]);
      [128, 64, 32].forEach((value, c) => expect(Math.abs(data[c] - value)).toBeLessThan(4));
    }
    const turned = await decodeImage(await image.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer(), "a");
    expect([turned.width, turned.height]).toEqual([8, 12]);
  });

  test("refuses, by name, what is cut, empty, missing, no image, or an image of another kind under a wrong name", async () => {
    const png = await pngBytes(1, 40, 40);
    const cases: [string, Uint8Array | string][] = [
      ["cut.png", png.subarray(0, 60)],
      ["empty.png", ""],
      ["text.jpg", "no image at all"],
      [
        "drawing.png",
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
      ],
      ["moving.png", await sharp(png).gif().toBuffer()],
      ["large.png", await sharp(png).tiff().toBuffer()],
    ];
    const root = newFolder();
    for (const [name, bytes] of cases) {
      writeBelow(root, name, bytes);
      await expect(readImageFile(join(root, name), name), name).rejects.toMatchObject({
        code: "data/unreadable-image",
        message: expect.stringMatching(new RegExp(`^${name}: .`)),
      });
    }
    await expect(readImageFile(join(root, "missing.png"), "missing.png")).rejects.toThrow("missing.png: cannot read");
    await expect(readImageFile(root, "folder")).rejects.toMatchObject({ code: "data/unreadable-image" });
  });

  test("refuses more pixels than the limit, and takes exactly the limit", async () => {
    const png = await pngBytes(1, 20, 10);
    await expect(decodeImage(png, "big.png", { limits: { ...defaultLimits, imagePixels: 199 } })).rejects.toThrow(
      "big.png: Input image exceeds pixel limit",
    );
    expect((await decodeImage(png, "big.png", { limits: { ...defaultLimits, imagePixels: 200 } })).width).toBe(20);
    await expect(decodeImage(png, "long.png", { limits: { ...defaultLimits, imageSide: 19 } })).rejects.toThrow(
      "long.png: 20×10 pixels",
    );
    expect((await decodeImage(png, "long.png", { limits: { ...defaultLimits, imageSide: 20 } })).height).toBe(10);
  });
});
