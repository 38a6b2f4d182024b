import { readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cachedDataset } from "../../../src/data/cache/image-cache.ts";
import { createLoader, type Batch, type LoaderOptions } from "../../../src/data/loader.ts";
import { openDataset } from "../../../src/data/open-dataset.ts";
import { newFolder } from "../image-files.ts";

const set = await openDataset({ count: 30, imageSize: 16 }, "train");
const bytesIn = (folder: string): number => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0); // prettier-ignore

/** The set, with a count of the images that were really read. */
function counting(): { dataset: typeof set; reads: () => number } {
  let reads = 0;
  return { dataset: { ...set, read: (index) => (reads++, set.read(index)) }, reads: () => reads };
}

test("a kept image is the image, and is not read again, by another reader neither", async () => {
  const directory = join(newFolder(), "made", "here");
  const { dataset, reads } = counting();
  const spec = { directory, bytes: 1e6 };
  for (const cached of [cachedDataset(dataset, spec), cachedDataset(dataset, spec)]) {
    for (let index = 0; index < 30; index++) {
      const { image, label, id } = await set.read(index);
      expect(await cached.read(index)).toEqual({ image, label, id });
    }
  }
  expect(reads()).toBe(30);
  expect(readdirSync(directory)).toHaveLength(30); // no unfinished file is left
});

test("the folder stays below its bound, and what does not fit is read", async () => {
  const directory = newFolder();
  const { dataset, reads } = counting();
  const cached = cachedDataset(dataset, { directory, bytes: 8000 });
  for (let pass = 0; pass < 2; pass++) for (let index = 0; index < 30; index++) await cached.read(index);
  expect(bytesIn(directory)).toBeLessThanOrEqual(8000);
  expect(readdirSync(directory).length).toBeGreaterThan(8);
  expect(reads()).toBe(60 - readdirSync(directory).length);
});

test("a damaged file is read from the set again", async () => {
  const directory = newFolder();
  const { dataset, reads } = counting();
  const cached = cachedDataset(dataset, { directory, bytes: 1e6 });
  const first = await cached.read(3);
  truncateSync(join(directory, readdirSync(directory)[0]), 100);
  expect(await cached.read(3)).toEqual(first);
  expect(reads()).toBe(2);
});

test("with shorterSide smaller images are kept, under another name", async () => {
  const directory = newFolder();
  const { image } = await cachedDataset(set, { directory, bytes: 1e6, shorterSide: 8 }).read(0);
  expect([image.width, image.height]).toEqual([8, 8]);
  expect((await cachedDataset(set, { directory, bytes: 1e6 }).read(0)).image.width).toBe(16);
});

async function take(options: LoaderOptions, count: number): Promise<Batch[]> {
  const loader = await createLoader(options);
  const batches = [];
  for (let i = 0; i < count; i++) batches.push(await loader.next());
  await loader.close();
  return batches;
}

const augmented = {
  dataset: { count: 64, imageSize: 16 },
  transforms: [{ name: "randomResizedCrop", size: 12 }, { name: "randAugment" }],
  erasing: { probability: 0.5 },
  seed: 4,
} as const;

test("a loader gives the same bits with a cache, empty or full", async () => {
  const plain = await take({ ...augmented, batchSize: 8 }, 10);
  const cache = { directory: newFolder(), bytes: 1e6 };
  for (let run = 0; run < 2; run++) expect(await take({ ...augmented, batchSize: 8, cache }, 10)).toEqual(plain);
});

test("processes together see, bit for bit, the batches of a single one", async () => {
  const alone = await take({ ...augmented, batchSize: 12 }, 7);
  for (const world of [2, 3]) {
    const shards = await Promise.all(
      Array.from({ length: world }, (_, rank) =>
        take({ ...augmented, batchSize: 12 / world, shard: { rank, world } }, 7),
      ),
    );
    alone.forEach(({ images, indices, labels, epoch }, step) => {
      const pixels = 3 * 12 * 12;
      for (let place = 0; place < 12; place++) {
        const batch = shards[place % world][step];
        const at = Math.floor(place / world);
        expect([batch.indices[at], batch.labels[at], batch.epoch]).toEqual([indices[place], labels[place], epoch]);
        expect(batch.images.subarray(at * pixels, (at + 1) * pixels)).toEqual(images.subarray(place * pixels, (place + 1) * pixels)); // prettier-ignore
      }
    });
  }
  await expect(take({ ...augmented, batchSize: 4, shard: { rank: 2, world: 2 } }, 1)).rejects.toThrow(
    "shard.rank 2: an integer from 0 to 1 is needed",
  );
});

test("batches carry the targets, moved with the images", async () => {
  const dataset = { scene: "scene", task: "depth", count: 16, imageSize: 32 } as const;
  const transforms = [{ name: "randomResizedCrop", size: 20 }] as const;
  const [batch] = await take({ dataset, transforms, batchSize: 4, targets: true }, 1);
  expect(batch.targets?.map((targets) => targets?.depth?.metres.length)).toEqual([400, 400, 400, 400]);
  const cache = { directory: newFolder(), bytes: 1e6 };
  await expect(take({ dataset, transforms, batchSize: 4, targets: true, cache }, 1)).rejects.toThrow(
    "cache keeps images without their targets, but targets are asked for",
  );
});
