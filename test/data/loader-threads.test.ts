import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type * as LoaderModule from "../../src/data/loader.ts";
import type { Batch, Loader, LoaderOptions } from "../../src/data/loader.ts";
import { newFolder, writeBelow, writeClassFolders } from "./image-files.ts";

// Threads run the built files: Node 20 runs no TypeScript.
const built = new URL("../../dist/data/loader.js", import.meta.url);
const missing = !existsSync(built);
if (missing) console.warn("skipped: run `npm run build` first, the loader's threads are tested from dist/");
const createBuilt = async (options: LoaderOptions): Promise<Loader> => {
  const { createLoader } = (await import(built.href)) as typeof LoaderModule;
  return createLoader(options);
};

async function take(options: LoaderOptions, count: number): Promise<Batch[]> {
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
