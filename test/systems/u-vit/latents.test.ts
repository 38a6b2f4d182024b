import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findRecipe } from "../../../src/systems/catalogue.ts";
import { extractMoments } from "../../../src/systems/u-vit/latents/extract.ts";
import { readShard, type MomentsManifest } from "../../../src/systems/u-vit/latents/moments.ts";
import { RunSampler } from "../../../src/systems/u-vit/sampling.ts";
import { mergeRecipe, resolveRecipe } from "../../../src/train/recipe.ts";
import { RunDirectory } from "../../../src/train/run-directory.ts";
import { runTraining } from "../../../src/train/run-training.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-latents-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));
const oneThread = { device: "cpu", threads: 1 } as const;
const folder = join(out, "moments");

async function train(name: string, run: string, overrides: readonly string[] = []): Promise<RunDirectory> {
  const recipe = findRecipe(name);
  const resolved = resolveRecipe(mergeRecipe(recipe, recipe.smoke), overrides);
  const directory = RunDirectory.create(out, run);
  await runTraining({ method: recipe.method, recipe: resolved, run: directory, ...oneThread });
  return directory;
}

let autoencoder: RunDirectory;
let manifest: MomentsManifest;
const extract = (): Promise<MomentsManifest> =>
  extractMoments({ run: autoencoder, folder, batchSize: 16, shard: 32, ...oneThread });

beforeAll(async () => {
  autoencoder = await train("u-vit/tiny-autoencoder", "ae");
  manifest = await extract();
});

test("the autoencoder reports what comes back and how its latents spread", () => {
  expect(autoencoder.readInfo().metrics).toMatchObject({
    "val/psnr": expect.any(Number) as number,
    "val/latentDeviation": expect.any(Number) as number,
  });
  expect(existsSync(autoencoder.join("samples/00000004/reconstructions.png"))).toBe(true);
});

test("moments lie in shards, both orientations for training, with captions and a scale", () => {
  expect(readdirSync(folder).sort()).toEqual([
    "features.json",
    "train-00000.safetensors",
    "train-00001.safetensors",
    "val-00000.safetensors",
  ]);
  expect(manifest).toMatchObject({ channels: 4, size: 8, counts: { train: 64, val: 16 } });
  expect(manifest.captions?.train).toHaveLength(64);
  expect(manifest.captions?.val[0]?.[0]).toMatch(/^(small|large) .* on /);
  const shard = readShard(folder, "train", 1);
  expect(shard.get("moments")?.shape).toEqual([32, 8, 8, 8]);
  expect(shard.get("mirrored")?.data).not.toEqual(shard.get("moments")?.data);
});

test("a killed extraction goes on where it was: the same bits, and what was there is not made again", async () => {
  const path = (name: string): string => join(folder, name);
  const before = readFileSync(path("train-00001.safetensors"));
  const kept = statSync(path("train-00000.safetensors")).mtimeMs;
  rmSync(path("train-00001.safetensors"));
  rmSync(path("features.json"));
  await expect(train("u-vit/tiny-latent", "early", [`latents.from=${JSON.stringify(folder)}`])).rejects.toThrow(
    "holds no moments: there is no features.json",
  );
  expect(await extract()).toEqual(manifest);
  expect(readFileSync(path("train-00001.safetensors"))).toEqual(before);
  expect(statSync(path("train-00000.safetensors")).mtimeMs).toBe(kept);
});

test("latents times k have a deviation of 1", () => {
  let [count, sum, squares] = [0, 0, 0];
  for (const shard of [0, 1]) {
    const { data } = readShard(folder, "train", shard).get("moments") as { data: Float32Array };
    for (let i = 0; i < data.length; i++) {
      if (i % 512 >= 256) squares += Math.exp(data[i]);
      else {
        count++;
        sum += data[i];
        squares += data[i] ** 2;
      }
    }
  }
  expect(manifest.scale * Math.sqrt(squares / count - (sum / count) ** 2)).toBeCloseTo(1, 5);
});

test("a model of latents gives decoded images", async () => {
  const run = await train("u-vit/tiny-latent", "latent", [`latents.from=${JSON.stringify(folder)}`]);
  expect(run.readInfo().metrics).toMatchObject({ "val/loss": expect.any(Number) as number });
  await using sampler = await RunSampler.open(run, oneThread);
  const { values, size } = await sampler.sample({ count: 3, steps: 3, wanted: sampler.label("ring") });
  expect(size).toBe(16);
  expect(values).toHaveLength(3 * 3 * 16 * 16);
  expect(values.every(Number.isFinite)).toBe(true);
});

test("a model of latents by text: a frozen encoder of its own, and words it does not know are refused", async () => {
  const words = await train("u-vit/tiny-text-encoder", "words");
  expect(words.readInfo().metrics).toMatchObject({ "val/accuracy": expect.any(Number) as number });
  const run = await train("u-vit/tiny-text", "text", [
    `latents.from=${JSON.stringify(folder)}`,
    `text.from=${JSON.stringify(words.path)}`,
  ]);
  await using sampler = await RunSampler.open(run, oneThread);
  const request = { count: 2, steps: 2, seed: 1 };
  const ring = await sampler.sample({ ...request, wanted: sampler.text("large red ring on blue") });
  const disc = await sampler.sample({ ...request, wanted: sampler.text("small red disc on blue") });
  expect(ring.values).not.toEqual(disc.values);
  expect(() => sampler.text("large rde ring")).toThrow('does not know the word "rde"');
  expect(() => sampler.label("ring")).toThrow("was not trained by class");
});
