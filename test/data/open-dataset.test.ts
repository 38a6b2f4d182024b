import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { requireClasses, type Dataset } from "../../src/data/dataset.ts";
import { parseDatasetSpec } from "../../src/data/dataset-spec.ts";
import { openDataset } from "../../src/data/open-dataset.ts";
import { newFolder, pngBytes, writeBelow, writeClassFolders } from "./image-files.ts";
import { sharedData } from "./shared-data.ts";

const counts = (dataset: Dataset): number[] => {
  const perClass = dataset.classNames.map(() => 0);
  for (let index = 0; index < dataset.length; index++) perClass[dataset.label(index)]++;
  return perClass;
};

const ids = async (dataset: Dataset): Promise<string[]> =>
  Promise.all(Array.from({ length: dataset.length }, async (_, index) => (await dataset.read(index)).id));

describe("CIFAR", () => {
  const { root, missing } = sharedData("cifar10");

  test.skipIf(missing)("CIFAR-10 has the counts and names of the data README", async () => {
    const [train, val] = [await openDataset({ root }, "train"), await openDataset({ root }, "val")];
    expect(counts(train)).toEqual(Array(10).fill(1000));
    expect(counts(val)).toEqual(Array(10).fill(200));
    expect(val.classNames[9]).toBe("truck");
    const { image, id } = await train.read(9999);
    expect([image.width, image.height, id]).toEqual([32, 32, "data_batch_1.bin#9999"]);
  });

  test("several batches follow each other, and ids count within each", async () => {
    const folder = newFolder();
    for (const name of ["data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"]) {
      writeBelow(
        folder,
        `cifar-10-batches-bin/${name}`,
        Uint8Array.from({ length: 2 * 3073 }, (_, i) => (i % 3073 === 0 ? 4 : i)),
      );
    }
    const train = await openDataset({ root: folder }, "train");
    expect(await ids(train)).toEqual([
      "data_batch_1.bin#0",
      "data_batch_1.bin#1",
      "data_batch_2.bin#0",
      "data_batch_2.bin#1",
    ]);
    expect(train.classNames[4]).toBe("deer");
  });

  test("CIFAR-100 is told by the size of its records, with its fine names where they are", async () => {
    const folder = newFolder();
    for (const name of ["train.bin", "test.bin"]) writeBelow(folder, name, new Uint8Array(3 * 3074).fill(5));
    const train = await openDataset({ root: folder }, "train");
    expect([train.length, train.label(0), train.classNames.length, train.classNames[5]]).toEqual([
      3,
      5,
      100,
      "class 5",
    ]);
    writeBelow(folder, "fine_label_names.txt", Array.from({ length: 100 }, (_, i) => `thing ${i}\n`).join(""));
    expect((await openDataset({ root: folder }, "val")).classNames[5]).toBe("thing 5");
    writeBelow(folder, "fine_label_names.txt", "apple\n");
    await expect(openDataset({ root: folder }, "val")).rejects.toThrow(
      "1 names are listed, 100 different ones are needed",
    );
  });

  test("a truncated file is refused by name", async () => {
    const folder = newFolder();
    writeBelow(folder, "data_batch_1.bin", new Uint8Array(3000));
    await expect(openDataset({ root: folder }, "train")).rejects.toThrow(
      "data_batch_1.bin: 3000 bytes are not a whole number",
    );
    await expect(openDataset({ root: folder }, "val")).rejects.toThrow("test_batch.bin: no such file");
  });
});

describe("IDX", () => {
  const { root, missing } = sharedData("fashion-mnist");

  test.skipIf(missing)(
    "Fashion-MNIST has the counts of the data README; grey becomes three equal channels",
    async () => {
      const [train, val] = [await openDataset({ root }, "train"), await openDataset({ root }, "val")];
      expect([train.length, val.length, train.classNames.length]).toEqual([10_000, 10_000, 10]);
      expect(counts(val)).toEqual(Array(10).fill(1000));
      const { image } = await train.read(0);
      expect([image.width, image.height, image.data.length]).toEqual([28, 28, 3 * 28 * 28]);
      for (let p = 0; p < 784; p++) expect(image.data[3 * p + 1]).toBe(image.data[3 * p]);
    },
  );

  const idx = (shape: number[], fill: number): Uint8Array => {
    const bytes = new Uint8Array(4 + 4 * shape.length + shape.reduce((a, b) => a * b)).fill(fill);
    bytes.set([0, 0, 8, shape.length]);
    shape.forEach((length, axis) => new DataView(bytes.buffer).setUint32(4 + 4 * axis, length));
    return bytes;
  };
  const folderOf = (files: Readonly<Record<string, Uint8Array>>): string => {
    const folder = newFolder();
    for (const [name, bytes] of Object.entries(files)) writeBelow(folder, name, bytes);
    return folder;
  };
  const images = { "train-images-idx3-ubyte": idx([3, 2, 2], 9) };

  test("names can be given for the labels, and must be enough", async () => {
    const folder = folderOf({ ...images, "train-labels-idx1-ubyte.gz": gzipSync(idx([3], 1)) });
    expect((await openDataset({ root: folder, classNames: ["bag", "boot"] }, "train")).classNames).toEqual([
      "bag",
      "boot",
    ]);
    await expect(openDataset({ root: folder, classNames: ["bag"] }, "train")).rejects.toThrow(
      "holds label 1, but there are 1 classes",
    );
  });

  test("damage is refused: counts that differ, a missing or doubled file, broken and overlong gzip", async () => {
    const open = (files: Readonly<Record<string, Uint8Array>>): Promise<Dataset> =>
      openDataset({ root: folderOf(files) }, "train");
    await expect(open({ ...images, "train-labels-idx1-ubyte": idx([4], 1) })).rejects.toThrow(
      "has shape [4], but there are 3 images",
    );
    await expect(open(images)).rejects.toThrow("no file like train-labels-idx1-ubyte.gz");
    const labels = { "train-labels-idx1-ubyte": idx([3], 1) };
    await expect(open({ ...images, ...labels, "train-labels-idx1-ubyte.gz": gzipSync(idx([3], 1)) })).rejects.toThrow(
      "both train-labels",
    );
    const packed = gzipSync(idx([3, 2, 2], 9));
    const withImages = (bytes: Uint8Array): Promise<Dataset> =>
      open({ "train-images-idx3-ubyte.gz": bytes, ...labels });
    await expect(withImages(packed.subarray(0, -5))).rejects.toThrow(
      "train-images-idx3-ubyte.gz: unexpected end of file",
    );
    const flipped = Uint8Array.from(packed);
    flipped[flipped.length - 6] ^= 1;
    await expect(withImages(flipped)).rejects.toThrow(/train-images-idx3-ubyte.gz: (incorrect|invalid)/);
    const followed = (bytes: Uint8Array): Uint8Array => Uint8Array.of(...packed, ...bytes);
    await expect(withImages(followed(new Uint8Array(8)))).rejects.toThrow(
      "8 bytes follow the end of the compressed data",
    );
    await expect(withImages(followed(Buffer.from("text")))).rejects.toThrow("incorrect header check");
  });
});

describe("Tiny ImageNet", () => {
  const { root, missing } = sharedData("tiny-imagenet-small");

  test.skipIf(missing)(
    "has 10 named classes with 100 training images each, and the annotated held-out ones",
    async () => {
      const [train, val] = [await openDataset({ root }, "train"), await openDataset({ root }, "val")];
      expect(counts(train)).toEqual(Array(10).fill(100));
      expect([val.length, train.classNames[0]]).toEqual([300, "Egyptian cat"]);
      expect((await val.read(0)).image.data.length).toBe(64 * 64 * 3);
    },
  );
});

describe("an image folder", () => {
  test("with train and val is taken as it is divided", async () => {
    const root = newFolder();
    await writeClassFolders(join(root, "train"), { cat: 3, dog: 2 });
    await writeClassFolders(join(root, "validation"), { dog: 1 });
    const val = await openDataset({ root }, "val");
    expect(val.classNames).toEqual(["cat", "dog"]);
    expect([await ids(val), val.label(0)]).toEqual([["validation/dog/0.png"], 1]);
    await writeClassFolders(join(root, "validation"), { cow: 1 });
    await expect(openDataset({ root }, "val")).rejects.toThrow("validation has the class cow, train has not");
  });

  test("without is divided 80 to 20 within each class, the same way each time and without overlap", async () => {
    const root = newFolder();
    await writeClassFolders(root, { cat: 10, dog: 5, hen: 2, one: 1 });
    const [train, val] = [await openDataset({ root }, "train"), await openDataset({ root }, "val")];
    expect([counts(train), counts(val)]).toEqual([[8, 4, 1, 1], [2, 1, 1, 0]]); // prettier-ignore
    expect(new Set([...(await ids(train)), ...(await ids(val))]).size).toBe(18);
    expect(await ids(await openDataset({ root }, "val"))).toEqual(await ids(val));
    const other = await ids(await openDataset({ root, seed: 1 }, "val"));
    expect(other).not.toEqual(await ids(val));
    expect(counts(await openDataset({ root, valFraction: 0.5 }, "val"))).toEqual([5, 3, 1, 0]);
  });

  test("of images without class folders is one class, which pre-training takes and a classifier refuses", async () => {
    const root = join(newFolder(), "photos");
    for (let i = 0; i < 5; i++) writeBelow(root, `${i}.png`, await pngBytes(i));
    const dataset = await openDataset({ root }, "train");
    expect([dataset.length, dataset.classNames]).toEqual([4, ["photos"]]);
    expect(() => requireClasses(dataset)).toThrow("one class (photos), but a classifier needs at least two");
  });

  test("that is missing, empty, a file, or mixed up is refused in one sentence", async () => {
    const root = newFolder();
    await expect(openDataset({ root: join(root, "nowhere") }, "train")).rejects.toThrow(
      "nowhere: there is no such folder",
    );
    await expect(openDataset({ root }, "train")).rejects.toThrow(
      /no train images \(.jpg, .jpeg, .png, .webp, .*\) below it; it is empty/,
    );
    writeBelow(root, "notes.txt", "hello");
    await expect(openDataset({ root }, "train")).rejects.toThrow("below it; it holds notes.txt");
    await expect(openDataset({ root: join(root, "notes.txt") }, "train")).rejects.toThrow("it is a file, not a folder");
    await writeClassFolders(root, { cat: 2 });
    writeBelow(root, "loose.png", await pngBytes(3));
    await expect(openDataset({ root }, "train")).rejects.toThrow("loose.png lies beside class folders (cat)");
  });

  test("two layouts in one folder are refused until one is named", async () => {
    const root = newFolder();
    for (const name of ["data_batch_1.bin", "test_batch.bin"]) writeBelow(root, name, new Uint8Array(3073));
    for (const name of ["train.bin", "test.bin"]) writeBelow(root, name, new Uint8Array(3074));
    await expect(openDataset({ root }, "train")).rejects.toThrow("cifar10 and cifar100 are both there");
    expect((await openDataset({ root, format: "cifar100" }, "train")).classNames.length).toBe(100);
    await expect(openDataset({ root, format: "idx" }, "train")).rejects.toThrow("no idx files are there");
  });

  test("links that leave the root are followed only when asked for", async () => {
    const outside = newFolder();
    await writeClassFolders(outside, { cat: 3 });
    const root = newFolder();
    await writeClassFolders(root, { dog: 3 });
    symlinkSync(join(outside, "cat"), join(root, "cat"));
    symlinkSync(join(root, "dog"), join(root, "hound"));
    symlinkSync(join(root, "nothing"), join(root, "lost.png"));
    expect((await openDataset({ root }, "train")).classNames).toEqual(["dog", "hound"]);
    const all = await openDataset({ root, followLinks: true }, "train");
    expect(all.classNames).toEqual(["cat", "dog", "hound"]);
    expect((await all.read(0)).image.width).toBe(8);
  });
});

test("a wrong spec is refused with its field", () => {
  expect(() => parseDatasetSpec({ count: 0 })).toThrow("data.count: ");
  expect(() => parseDatasetSpec({ rout: "x" } as object)).toThrow('"rout"');
});
