import sharp from "sharp";
import { expect, test } from "vitest";
import type { Pixels } from "../../src/formats/png.ts";
import { readPngText } from "../../src/formats/png-text.ts";
import { imageGrid } from "../../src/report/image-grid.ts";

const solid = (width: number, height: number, color: [number, number, number]): Pixels => ({
  width,
  height,
  channels: 3,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => color[i % 3]),
});
const red = solid(2, 2, [255, 0, 0]);
const blue = solid(2, 2, [0, 0, 255]);

async function decode(png: Uint8Array) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) =>
    Array.from(data.subarray((y * info.width + x) * info.channels, (y * info.width + x + 1) * info.channels));
  return { at, width: info.width, height: info.height, data, channels: info.channels };
}

test("places images in rows and columns on white, enlarged by whole pixels", async () => {
  const checker: Pixels = { width: 2, height: 2, channels: 1, data: Uint8Array.of(0, 250, 100, 50) };
  const grid = await decode(imageGrid({ rows: [{ images: [red, blue] }, { images: [checker] }], scale: 4, gap: 3 }));
  expect([grid.width, grid.height]).toEqual([3 + 8 + 3 + 8 + 3, 3 + 8 + 3 + 8 + 3]);
  expect([grid.at(3, 3), grid.at(10, 10), grid.at(11, 3)]).toEqual([
    [255, 0, 0],
    [255, 0, 0],
    [255, 255, 255],
  ]);
  expect(grid.at(14, 3)).toEqual([0, 0, 255]);
  const quarters = [
    [3, 14],
    [10, 17],
    [3, 21],
    [10, 21],
  ].map(([x, y]) => grid.at(x, y)[0]);
  expect(quarters).toEqual([0, 250, 100, 50]);
  expect(grid.at(20, 20)).toEqual([255, 255, 255]);
});

test("brings small images to a visible size and leaves large ones", async () => {
  const widths = [8, 32, 224].map(
    async (side) => (await decode(imageGrid({ rows: [{ images: [solid(side, side, [1, 2, 3])] }] }))).width - 12,
  );
  expect(await Promise.all(widths)).toEqual([112, 128, 224]);
});

test("centres a smaller image in its cell and parts groups by a wider gap", async () => {
  const grid = await decode(
    imageGrid({ rows: [{ images: [solid(4, 4, [9, 9, 9]), red, blue] }], scale: 1, gap: 2, group: 2 }),
  );
  expect([grid.at(8, 3), grid.at(9, 3), grid.at(10, 4)]).toEqual([
    [255, 255, 255],
    [255, 0, 0],
    [255, 0, 0],
  ]);
  expect(grid.at(2 + 4 + 2 + 4 + 2 + 6 + 1, 3)).toEqual([0, 0, 255]);
});

test("writes captions of rows and columns, and where the picture comes from", async () => {
  const text = { run: "cifar", step: "1200", seed: "0", recipeHash: "ab" };
  const rows = [{ caption: "frog", images: [solid(32, 32, [0, 0, 0])] }];
  const png = imageGrid({ columns: ["image"], rows, text });
  expect(Object.fromEntries(readPngText(png))).toEqual(text);
  const left = await sharp(png).extract({ left: 0, top: 40, width: 38, height: 80 }).greyscale().stats();
  const top = await sharp(png).extract({ left: 60, top: 0, width: 100, height: 24 }).greyscale().stats();
  expect(Math.max(left.channels[0].min, top.channels[0].min)).toBeLessThan(100);
});

test("without background it is transparent, its letters grey", async () => {
  const { data, channels, at } = await decode(
    imageGrid({ columns: ["x"], rows: [{ images: [red] }], background: "none" }),
  );
  expect(channels).toBe(4);
  expect(at(0, 0)[3]).toBe(0);
  const letters = Array.from({ length: data.length / 4 }, (_, i) => data.subarray(i * 4, i * 4 + 4)).filter(
    (p) => p[3] > 0 && p[0] !== 255,
  );
  expect(letters.length).toBeGreaterThan(5);
  expect(letters.every((pixel) => pixel[0] === 0x7b && pixel[1] === 0x7b)).toBe(true);
});

test("refuses no image, too many in a row, and data of another shape", () => {
  expect(() => imageGrid({ rows: [] })).toThrow("imageGrid: there is no image");
  expect(() => imageGrid({ rows: [{ images: [red, red] }], columns: ["a"] })).toThrow(
    "row 0 has 2 images for 1 columns",
  );
  expect(() => imageGrid({ rows: [{ images: [{ ...red, width: 3 }] }] })).toThrow("image 0 of [2, 3, 3] has 12 bytes");
});
