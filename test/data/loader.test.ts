import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { DataOrder } from "../../src/data/data-order.ts";
import { createLoader, type Batch, type LoaderOptions } from "../../src/data/loader.ts";
import { evaluationBatches, type EvaluationBatch } from "../../src/data/evaluation-batches.ts";
import type { MemorySource } from "../../src/data/dataset-source.ts";
import { memoryDataset, sharedBytes } from "../../src/data/memory-dataset.ts";
import { epochOrder } from "../../src/data/sampling/sampler.ts";
import { newFolder, pngBytes, writeBelow, writeClassFolders } from "./image-files.ts";

/** Image n of `count` is 2 × 2 pixels of value n. */
function numbered(count: number): MemorySource {
  const images = sharedBytes(count * 12);
  for (let i = 0; i < images.length; i++) images[i] = Math.floor(i / 12);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const rest = { classNames: ["a", "b", "c"], origins: [], fingerprint: "numbered" };
  return { kind: "memory", name: "numbered", width: 2, height: 2, channels: 3, images, labels, ...rest };
}

const ordered = (indices: Int32Array, batch: number, seed: number): DataOrder => {
  const set = memoryDataset(numbered(1));
  return new DataOrder(epochOrder({ name: "shuffle" }, set, indices, seed), batch);
};

async function take(options: LoaderOptions, count: number): Promise<Batch[]> {
  const loader = await createLoader(options);
  const batches = [];
  for (let i = 0; i < count; i++) batches.push(await loader.next());
  await loader.close();
  return batches;
}

describe("the order of training images", () => {
  test("each epoch shows every image at most once, in another order, and drops the incomplete batch", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 20 }), fc.nat(), (count, batch, seed) => {
        fc.pre(batch <= count);
        const order = ordered(Int32Array.from({ length: count }, (_, i) => 2 * i), batch, seed); // prettier-ignore
        expect(order.stepsPerEpoch).toBe(Math.floor(count / batch));
        const shown = Array.from({ length: order.stepsPerEpoch }, (_, step) => [...order.at(step)]).flat();
        expect(new Set(shown).size).toBe(order.stepsPerEpoch * batch);
        expect(shown.every((index) => index % 2 === 0 && index < 2 * count)).toBe(true);
      }),
    );
    const order = ordered(Int32Array.from({ length: 100 }, (_, i) => i), 100, 0); // prettier-ignore
    expect([...order.at(0)]).not.toEqual([...order.at(1)]);
    expect([...order.at(0)].sort((a, b) => a - b)).toEqual([...order.at(1)].sort((a, b) => a - b));
  });

  test("is asked for in any order with the same answer", () => {
    const make = (): DataOrder => ordered(Int32Array.from({ length: 10 }, (_, i) => i), 3, 5); // prettier-ignore
    const steps = [7, 0, 2, 7, 100, 1];
    const one = make();
    for (const step of steps) expect([...one.at(step)]).toEqual([...make().at(step)]);
  });
});

describe("a training loader", () => {
  const dataset = memoryDataset(numbered(23));

  test("gives images, labels and indices that belong together, and says step and epoch", async () => {
    const batches = await take({ dataset, batchSize: 5 }, 9);
    expect(batches.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(batches.map(({ epoch }) => epoch)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2]);
    for (const { images, labels, indices, masks } of batches) {
      expect([images.length, masks]).toEqual([5 * 12, undefined]);
      indices.forEach((index, place) => {
        expect(labels[place]).toBe(BigInt(index % 3));
        expect(images[12 * place + 11]).toBe(Math.fround(index / 255));
      });
    }
  });

  test("makes the next batches in memory that was given back, and with the same bits", async () => {
    const options: LoaderOptions = { dataset, batchSize: 5, seed: 2 };
    const expected = await take(options, 6);
    const loader = await createLoader(options);
    const memories = new Set<ArrayBuffer>();
    for (const one of expected) {
      const batch = await loader.next();
      expect(batch).toEqual(one);
      memories.add(batch.images.buffer);
      loader.recycle(batch);
      loader.recycle(batch); // twice is once
      loader.recycle({ images: new Float32Array(3) }); // no batch of this loader
    }
    expect(memories.size).toBe(1);
  });

  test("that starts later gives the same batches, as a resume needs", async () => {
    const options: LoaderOptions = {
      dataset: { count: 40, imageSize: 16 },
      transforms: [{ name: "randomResizedCrop", size: 16 }, { name: "horizontalFlip" }],
      masks: { name: "simmim", imageSize: 16, patchSize: 4, maskPatch: 8, ratio: 0.6 },
      batchSize: 12,
      seed: 3,
    };
    const whole = await take(options, 7);
    expect(await take({ ...options, start: 4 }, 3)).toEqual(whole.slice(4));
    expect(await take({ ...options, seed: 4 }, 1)).not.toEqual(whole.slice(0, 1));
  });

  test("the same image looks different in the next epoch, and its mask too", async () => {
    const [first, second] = await take(
      {
        dataset: { count: 8, imageSize: 16 },
        transforms: [{ name: "randomResizedCrop", size: 16 }],
        masks: { name: "blockWise", grid: 8, count: 30, minBlock: 4 },
        batchSize: 8,
      },
      2,
    );
    const at = (batch: Batch): number => batch.indices.indexOf(3);
    const pixels = (batch: Batch): Float32Array => batch.images.slice(at(batch) * 768, (at(batch) + 1) * 768);
    expect(pixels(first)).not.toEqual(pixels(second));
    expect(first.masks?.length).toBe(8 * 64);
    expect(first.masks).not.toEqual(second.masks);
    expect(new Set(first.masks)).toEqual(new Set([0, 1]));
  });

  test("keeps to a subset, and a new subset takes over at its step and epoch", async () => {
    const before = await take({ dataset, batchSize: 2, subset: [1, 5, 9, 13] }, 4);
    expect(new Set(before.flatMap(({ indices }) => [...indices]))).toEqual(new Set([1, 5, 9, 13]));
    const after = await take({ dataset, batchSize: 2, subset: [2, 4, 6], origin: { step: 4, epoch: 2 } }, 3);
    expect(after.map(({ step, epoch }) => [step, epoch])).toEqual([[4, 2], [5, 3], [6, 4]]); // prettier-ignore
    expect(after.every(({ indices }) => indices.every((index) => [2, 4, 6].includes(index)))).toBe(true);
    await expect(createLoader({ dataset, batchSize: 1, subset: [23] })).rejects.toThrow(
      "subset has index 23; numbered has 0 to 22",
    );
    await expect(createLoader({ dataset, batchSize: 1, subset: [] })).rejects.toThrow("subset is empty");
  });

  test("refuses what cannot work before the first step", async () => {
    await expect(createLoader({ dataset, batchSize: 24 })).rejects.toThrow(
      "batchSize 24: there are only 23 training images",
    );
    await expect(createLoader({ dataset, batchSize: 0 })).rejects.toThrow(
      "batchSize 0: an integer from 1 on is needed",
    );
    await expect(createLoader({ dataset, batchSize: 1, seed: -1 })).rejects.toThrow("seed: -1 is no seed");
    await expect(createLoader({ dataset, batchSize: 1, imageSize: 32 })).rejects.toThrow(
      "#0: 2×2 pixels (width × height), the model expects 32×32",
    );
    const masks = { name: "simmim", imageSize: 32, patchSize: 4, maskPatch: 5, ratio: 0.6 } as const;
    await expect(createLoader({ dataset, batchSize: 1, masks })).rejects.toThrow(
      "maskPatch 5 does not divide imageSize 32",
    );
  });
});

describe("images that are not as they should be", () => {
  let root = "";
  beforeAll(async () => {
    root = newFolder();
    await writeClassFolders(`${root}/train`, { cat: 120, dog: 120 });
    await writeClassFolders(`${root}/val`, { cat: 2, dog: 1 });
  });

  test("an unreadable one is replaced from its batch, counted once and named", async () => {
    writeBelow(root, "train/cat/7.png", "broken");
    const loader = await createLoader({ dataset: { root }, batchSize: 16 });
    const seen = [];
    for (let step = 0; step < 2 * loader.stepsPerEpoch; step++) seen.push(await loader.next());
    const { images, skipped } = loader.report();
    expect(images).toBe(2 * 15 * 16);
    expect(skipped.length).toBe(1);
    expect(skipped[0].message).toMatch(/^train\/cat\/7.png: .*unsupported image format/);
    const bad = skipped[0].index;
    expect(seen.every((batch) => !batch.indices.includes(bad))).toBe(true);
    for (const { indices, labels } of seen) {
      indices.forEach((index, place) => expect(labels[place]).toBe(BigInt(loader.dataset.label(index))));
    }
  });

  test("above 1% of them the run stops and names some", async () => {
    for (const index of [8, 9]) writeBelow(root, `train/cat/${index}.png`, "broken");
    const loader = await createLoader({ dataset: { root }, batchSize: 240 });
    await expect(loader.next()).rejects.toThrow(
      /3 of 240 images cannot be read so far, more than 1%: train\/cat\/[789].png: /,
    );
  });

  test("an image of another size is refused by name, with the remedy", async () => {
    const mixed = newFolder();
    await writeClassFolders(`${mixed}/train`, { cat: 2, dog: 2 });
    writeBelow(mixed, "train/dog/wide.png", await pngBytes(1, 9, 5));
    await writeClassFolders(`${mixed}/val`, { cat: 1 });
    const loader = await createLoader({ dataset: { root: mixed }, batchSize: 5 });
    await expect(loader.next()).rejects.toMatchObject({
      code: "data/image-size",
      message: "train/dog/wide.png: 9×5 pixels after the transforms, the batch holds 8×8",
      hint: 'end the transforms with a fixed size, as { name: "resize", size: [8, 8] }',
    });
    const cropped = await createLoader({
      dataset: { root: mixed },
      batchSize: 5,
      transforms: [{ name: "centreCrop", size: 7 }],
    });
    await expect(cropped.next()).rejects.toThrow("train/dog/wide.png: centreCrop: an image of 9×5 pixels");
  });

  test("in evaluation an unreadable one makes its batch shorter", async () => {
    writeBelow(root, "val/cat/0.png", "broken");
    const evaluation = await evaluationBatches({ dataset: { root }, batchSize: 2 });
    const iterator = evaluation[Symbol.asyncIterator]();
    await expect(iterator.next()).rejects.toThrow("1 of 3 images cannot be read so far");
  });
});

describe("evaluation", () => {
  const collect = async (options: Parameters<typeof evaluationBatches>[0]): Promise<EvaluationBatch[]> => {
    const batches = [];
    for await (const batch of await evaluationBatches(options)) batches.push(batch);
    return batches;
  };

  test("goes through all images in order, and pads the last batch with zeros and index −1", async () => {
    const batches = await collect({ dataset: memoryDataset(numbered(7)), batchSize: 3 });
    expect(batches.map(({ valid }) => valid)).toEqual([3, 3, 1]);
    expect(batches.flatMap(({ indices }) => [...indices])).toEqual([0, 1, 2, 3, 4, 5, 6, -1, -1]);
    expect(batches[2].images.subarray(12).every((value) => value === 0)).toBe(true);
  });

  test("masks an image the same way in any batch size, pass and subset", async () => {
    const options = {
      dataset: { imageSize: 16, valCount: 6 },
      masks: { name: "simmim", imageSize: 16, patchSize: 4, maskPatch: 4, ratio: 0.5 },
    } as const;
    const single = await collect({ ...options, batchSize: 1 });
    const [whole] = await collect({ ...options, batchSize: 6 });
    expect([...(whole.masks ?? [])]).toEqual(single.flatMap(({ masks }) => [...(masks ?? [])]));
    const [some] = await collect({ ...options, batchSize: 1, subset: [4] });
    expect(some.masks).toEqual(single[4].masks);
  });

  test("can be gone through again", async () => {
    const evaluation = await evaluationBatches({ dataset: memoryDataset(numbered(5)), batchSize: 2 });
    for (let pass = 0; pass < 2; pass++) {
      let images = 0;
      for await (const { valid } of evaluation) images += valid;
      expect(images).toBe(5);
    }
    expect([evaluation.count, evaluation.batches]).toEqual([5, 3]);
  });
});
