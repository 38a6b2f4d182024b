import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { classify } from "../../../src/downstream/classify/method.ts";
import { classifySchema } from "../../../src/downstream/classify/schema.ts";
import type { Feeds } from "../../../src/train/task.ts";
import { newFolder } from "../../data/image-files.ts";

const base = { data: { imageSize: 16, count: 40, valCount: 8, workers: 0 }, batchSize: 8, steps: 2, labelSmoothing: 0 };
const model = { backbone: "vit-nano", patchSize: 8 };

async function batches(values: object): Promise<Feeds[]> {
  const recipe = classifySchema.parse({ ...base, model, ...values });
  const { source } = await classify.task(recipe, { seed: 0, log: () => {} });
  await source.start(0);
  const found = [await source.next(0), await source.next(1)];
  await source.close();
  return found;
}

const rows = (feeds: Feeds, classes: number): number[][] =>
  Array.from({ length: 8 }, (_, i) => [...(feeds.targets.data as Float32Array).slice(i * classes, (i + 1) * classes)]);

test("a recipe that says nothing of them resolves to what it was: no new field, and mixup as before", async () => {
  const { augmentation, ...rest } = classifySchema.parse({ ...base, model });
  expect(Object.keys(augmentation)).toEqual(["crop", "padding", "scale", "ratio", "flip", "mixup"]);
  expect(["sampling", "cache"].filter((name) => name in rest)).toEqual([]);
  const [plain] = await batches({});
  const [mixed] = await batches({ augmentation: { mixup: 0.8 } });
  expect(mixed.images.data).not.toEqual(plain.images.data);
});

test("cutmix swaps boxes of pixels and shares the labels by what is left of each; an odd batch is refused", async () => {
  const [plain, later] = await batches({});
  const cut = await batches({ augmentation: { cutmix: 1 } });
  const classes = (plain.targets.data as Float32Array).length / 8;
  for (const [step, feeds] of cut.entries()) {
    const before = [plain, later][step];
    const [own, partner] = [before.images.data as Float32Array, feeds.images.data as Float32Array];
    const size = own.length / 8;
    const kept = own.subarray(0, size).reduce((count, value, i) => count + Number(value === partner[i]), 0);
    const from = partner.subarray(0, size).every((value, i) => value === own[i] || value === own[7 * size + i]);
    expect([from, kept < size]).toEqual([true, true]);
    for (const row of rows(feeds, classes)) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  }
  expect(() => classifySchema.parse({ ...base, batchSize: 7, augmentation: { cutmix: 1 } })).toThrow("must be even");
});

test("further operators, erasing, samplers and a cache of decoded images reach the loader", async () => {
  const directory = newFolder();
  const [plain] = await batches({ data: { ...base.data, imageSize: 32 } });
  const [changed] = await batches({
    data: { ...base.data, imageSize: 32 },
    augmentation: { further: [{ name: "randAugment" }], erasing: { probability: 1 } },
    cache: { directory, bytes: 2 ** 20 },
  });
  expect(changed.targets.data).toEqual(plain.targets.data); // the same images in the same order
  expect(changed.images.data).not.toEqual(plain.images.data);
  expect(readdirSync(directory).filter((name) => name.endsWith(".image")).length).toBeGreaterThan(7);
  const [balanced] = await batches({ sampling: { name: "balanced" } });
  const labels = rows(balanced, (balanced.targets.data as Float32Array).length / 8).map((row) => row.indexOf(1));
  expect(new Set(labels).size).toBe(Math.min(8, (balanced.targets.data as Float32Array).length / 8));
});

test("an unknown operator is refused by its place in the recipe", () => {
  const parsed = classifySchema.safeParse({ ...base, augmentation: { further: [{ name: "randAugmnt" }] } });
  expect(parsed.error?.issues[0].path).toEqual(["augmentation", "further", 0, "name"]);
});
