import { expect, test } from "vitest";
import { inspectData } from "../../src/data/inspect-data.ts";
import { newFolder, pngBytes, writeBelow, writeClassFolders } from "./image-files.ts";

test("counts, sizes, broken files, duplicates and pictures in both splits are found by name", async () => {
  const root = newFolder();
  await writeClassFolders(`${root}/train`, { cat: 3, dog: 3 });
  writeBelow(root, "train/dog/9.png", await pngBytes(2)); // the picture of train/cat/2.png
  writeBelow(root, "train/dog/b.png", "broken");
  writeBelow(root, "val/dog/0.png", await pngBytes(4)); // of train/dog/1.png
  writeBelow(root, "val/dog/1.png", await pngBytes(99, 5, 7));
  const found = await inspectData({ root });
  expect(found.format).toBe("folder");
  expect(found.splits.train).toEqual({
    count: 8,
    classes: [
      { name: "cat", count: 3 },
      { name: "dog", count: 5 },
    ],
    sizes: [{ width: 8, height: 8, count: 7 }],
  });
  expect(found.splits.val?.sizes.length).toBe(2);
  expect(found.duplicates).toEqual([{ first: "train/cat/2.png", second: "train/dog/9.png" }]);
  expect(found.overlap).toEqual([{ first: "train/dog/1.png", second: "val/dog/0.png" }]);
  expect(found.problems).toEqual([
    expect.stringMatching(/^train: cannot read train\/dog\/b.png: /),
    "val: class cat has no images",
  ]);
});

test("a set without held-out images is reported, one without images at all refused", async () => {
  const root = newFolder();
  await expect(inspectData({ root })).rejects.toThrow("no train images");
  writeBelow(root, "data_batch_1.bin", new Uint8Array(3073));
  const { splits, problems, format } = await inspectData({ root });
  expect([format, splits.train?.count, splits.val]).toEqual(["cifar10", 1, undefined]);
  expect(problems[0]).toMatch(/^val: .*test_batch.bin: no such file/);
});
