import { expect, test } from "vitest";
import type { AssembledBatch, BatchTask } from "../../src/data/batch-plan.ts";
import { Prefetcher } from "../../src/data/prefetcher.ts";
import type { BatchMaker } from "../../src/data/worker-pool.ts";

function* tasks(count: number): Generator<BatchTask, undefined> {
  for (let step = 0; step < count; step++) yield { kind: "train", step, indices: Int32Array.of(step) };
}

/** Counts what is asked of it; batch n is the one index n, or an error. */
class CountingMaker implements BatchMaker {
  readonly workers = 1;
  asked = 0;
  constructor(private readonly failAt = -1) {}

  recycle(): void {}

  async make({ step, indices }: BatchTask): Promise<AssembledBatch> {
    this.asked++;
    if (step === this.failAt) throw new Error(`no batch ${step}`);
    const values = new Float32Array(0);
    return { values, labels: new BigInt64Array(0), indices: indices.slice(), valid: 1, bad: [] };
  }

  async close(): Promise<void> {}
}

test.each([1, 2, 5])("at most %d batches are made ahead, however slow the consumer is", async (depth) => {
  const maker = new CountingMaker();
  const prefetcher = new Prefetcher(maker, tasks(100), depth);
  for (let taken = 0; taken < 20; taken++) {
    expect(maker.asked).toBeLessThanOrEqual(taken + depth);
    expect((await prefetcher.next())?.batch.indices[0]).toBe(taken);
  }
});

test("depth 0 makes a batch when it is asked for, and the end is undefined", async () => {
  const maker = new CountingMaker();
  const prefetcher = new Prefetcher(maker, tasks(2), 0);
  expect(maker.asked).toBe(0);
  await prefetcher.next();
  expect(maker.asked).toBe(1);
  await prefetcher.next();
  expect(await prefetcher.next()).toBe(undefined);
});

test("an error is thrown at its own batch, not before", async () => {
  const prefetcher = new Prefetcher(new CountingMaker(2), tasks(5), 4);
  expect((await prefetcher.next())?.task.step).toBe(0);
  expect((await prefetcher.next())?.task.step).toBe(1);
  await expect(prefetcher.next()).rejects.toThrow("no batch 2");
});
