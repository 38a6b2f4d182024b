import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type * as LoaderModule from "../../src/data/loader.ts";
import type { Batch, ClipLoaderOptions, Loader, LoaderOptions, SpectrumLoaderOptions } from "../../src/data/loader.ts";
import { newFolder, writeBelow, writeClassFolders } from "./image-files.ts";

// Threads run the built files: Node 20 runs no TypeScript.
const built = new URL("../../dist/data/loader.js", import.meta.url);
const missing = !existsSync(built);
if (missing) console.warn("skipped: run `npm run build` first, the loader's threads are tested from dist/");
type Options = LoaderOptions | ClipLoaderOptions | SpectrumLoaderOptions;
const createBuilt = async (options: Options): Promise<Loader> => {
  const { createLoader } = (await import(built.href)) as typeof LoaderModule;
  return createLoader(options as LoaderOptions); // of whatever rows: batches are only compared
};

async function take(options: Options, count: number): Promise<Batch[]> {
  const loader = await createBuilt(options);
  const batches = [];
  for (let i = 0; i < count; i++) batches.push(await loader.next());
  await loader.close();
  return batches;
}

describe.skipIf(missing)("a loader with threads", () => {
  const options: LoaderOptions = {
    dataset: { count: 60, imageSize: 16 },
    transforms: [{ name: "randomResizedCrop", size: 12, filter: "bicubic" }, { name: "horizontalFlip" }],
    masks: { name: "blockWise", grid: 6, count: 16, minBlock: 2 },
    batchSize: 8,
    seed: 9,
    start: 5,
  };

  test("gives the same bits with 0, 1, 2 and 3 of them, and any prefetch", async () => {
    const alone = await take(options, 12);
    const ways = [{ workers: 1, prefetch: 5 }, { workers: 2, prefetch: 1 }, { workers: 3, prefetch: 5 }]; // prettier-ignore
    for (const way of ways) expect(await take({ ...options, ...way }, 12)).toEqual(alone);
  });

  test("gives the same bits in memory that wanders between the threads", async () => {
    const alone = await take(options, 8);
    const loader = await createBuilt({ ...options, workers: 2 });
    for (const one of alone) {
      const batch = await loader.next();
      expect(batch).toEqual(one);
      loader.recycle(batch);
    }
    await loader.close();
  });

  test("gives the same bits of clips and of spectra with and without them", async () => {
    const clips = {
      dataset: { scene: "shapes", task: "clip", count: 12, imageSize: 16 },
      clip: { sampling: "uniform", frames: 3 },
      transforms: [{ name: "randomResizedCrop", size: 12 }, { name: "randAugment" }],
      batchSize: 4,
      seed: 9,
    } as const;
    const root = newFolder();
    for (let i = 0; i < 12; i++) writeBelow(root, `train/${i % 2}/${i}.csv`, `flux\n${i + 1}\n2\n3\n`);
    writeBelow(root, "val/0/0.csv", "flux\n1\n2\n3\n");
    const spectra = {
      dataset: { root, format: "spectra" },
      spectrum: { length: 3, noise: 0.1 },
      batchSize: 4,
    } as const;
    expect(await take({ ...clips, workers: 2 }, 6)).toEqual(await take(clips, 6));
    expect(await take({ ...spectra, workers: 1 }, 6)).toEqual(await take(spectra, 6));
  });

  test("hands a user's mistake on as it is, with code, name and hint", async () => {
    const root = newFolder();
    await writeClassFolders(root, { cat: 4, dog: 4 });
    const loader = await createBuilt({ dataset: { root }, batchSize: 6, workers: 1 });
    for (const name of ["cat/0", "cat/1", "cat/2", "cat/3", "dog/0", "dog/1", "dog/2", "dog/3"])
      writeBelow(root, `${name}.png`, "gone");
    const error: unknown = await loader.next().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      name: "FoveaError",
      code: "data/unreadable-batch",
      hint: expect.stringContaining("inspect"),
    });
    await loader.close();
  });

  test("closing rejects the batch that somebody waits for, and ends", async () => {
    const loader = await createBuilt({ ...options, workers: 2 });
    await loader.next();
    const waiting = Promise.allSettled(Array.from({ length: 9 }, () => loader.next()));
    await loader.close();
    const reasons = (await waiting).flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
    expect(new Set(reasons)).toEqual(new Set(["Error: the loader was closed"]));
  });
});
