import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { openDataset } from "../../src/data/open-dataset.ts";
import { foveaHere as fovea } from "./fovea-here.ts";
import { jsonLines } from "./fovea-process.ts";
import { writeClassFolders } from "./image-folders.ts";

const root = mkdtempSync(join(tmpdir(), "fovea-convert-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const pixelsByClass = async (set: Dataset): Promise<string[]> => {
  const samples = Array.from({ length: set.length }, (_, index) => set.read(index));
  return (await Promise.all(samples)).map(({ image, label }) => `${set.classNames[label]} ${Buffer.from(image.data).toString("base64")}`).sort(); // prettier-ignore
};

test("a folder becomes shards and a folder again with the same bytes, classes and splits", async () => {
  const photos = join(root, "photos");
  for (const part of ["train", "val"])
    writeClassFolders(join(photos, part), ["cat", "dog"], part === "train" ? 4 : 2, 8);
  const [shards, back] = [join(root, "shards"), join(root, "back")];
  const first = await fovea(["data", "convert", photos, shards, "--format", "webdataset", "--json"], root);
  expect([first.code, first.stderr]).toEqual([0, ""]);
  expect(jsonLines(first.stdout)).toMatchObject([{ format: "webdataset", images: { train: 8, val: 4 }, dropped: [], unreadable: [] }]); // prettier-ignore
  expect(readdirSync(shards)).toEqual(["classes.txt", "train-000000.tar", "val-000000.tar"]);
  expect((await fovea(["data", "convert", shards, back, "--format", "folder"], root)).code).toBe(0);
  for (const split of ["train", "val"] as const) {
    const [before, after] = [await openDataset({ root: photos }, split), await openDataset({ root: back }, split)];
    expect(await pixelsByClass(after)).toEqual(await pixelsByClass(before));
  }
  expect(readFileSync(join(back, "train", "cat", "00000000.png"))).toEqual(readFileSync(join(photos, "train", "cat", "0.png"))); // prettier-ignore
  const again = await fovea(["data", "convert", photos, shards, "--format", "webdataset"], root);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("is there already")]);
  expect((await fovea(["data", "convert", photos, shards, "--format", "webdataset", "--overwrite"], root)).code).toBe(
    0,
  );
  expect(readdirSync(root).filter((name) => name.startsWith(".tmp-"))).toEqual([]);
});

test("COCO instances stay what they were through another COCO folder", async () => {
  const [made, copy] = [join(root, "made"), join(root, "coco")];
  const make = [
    "data",
    "make",
    "world",
    made,
    "--scene",
    "shapes",
    "--task",
    "instances",
    "--count",
    "4",
    "imageSize=32",
  ];
  expect((await fovea(make, root)).code).toBe(0);
  const { code, stderr } = await fovea(["data", "convert", made, copy, "--format", "coco"], root);
  expect([code, stderr]).toEqual([0, ""]);
  const [before, after] = [await openDataset({ root: made }, "train"), await openDataset({ root: copy }, "train")];
  expect(after.length).toBe(4);
  for (let index = 0; index < 4; index++) {
    const [old, now] = [await before.read(index), await after.read(index)];
    expect(now.image.data).toEqual(old.image.data);
    expect(now.targets?.instances).toEqual(old.targets?.instances);
  }
});

test("what would lose everything is refused, an unreadable image is named, and nothing half made is left", async () => {
  const photos = join(root, "faulty");
  writeClassFolders(photos, ["cat", "dog"], 3, 8);
  writeFileSync(join(photos, "cat", "broken.png"), "no image");
  const coco = await fovea(["data", "convert", photos, join(root, "none"), "--format", "coco"], root);
  expect([coco.code, coco.stderr]).toEqual([2, expect.stringContaining("has label")]);
  expect(existsSync(join(root, "none"))).toBe(false);
  const shards = await fovea(["data", "convert", photos, join(root, "some"), "--format", "webdataset"], root);
  expect([shards.code, shards.stdout]).toEqual([1, expect.stringContaining("cat/broken.png")]);
  const inside = await fovea(["data", "convert", photos, join(photos, "x"), "--format", "folder"], root);
  expect([inside.code, inside.stderr]).toEqual([2, expect.stringContaining("lie in each other")]);
});
