import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { predict } from "../../src/downstream/classify/predict.ts";
import { encodePng } from "../../src/formats/png.ts";
import { findMethod, findRecipe, methods, recipes } from "../../src/systems/catalogue.ts";
import { exportRun } from "../../src/train/export-run.ts";
import { readWeights } from "../../src/train/initial-weights.ts";
import { mergeRecipe, resolveRecipe } from "../../src/train/recipe.ts";
import { RunDirectory } from "../../src/train/run-directory.ts";
import { runTraining } from "../../src/train/run-training.ts";
import { writeReport } from "../../src/train/write-report.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-systems-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** Trains a recipe in its smoke form. */
async function train(name: string, run: string, overrides: readonly string[] = []): Promise<RunDirectory> {
  const recipe = findRecipe(name);
  const resolved = resolveRecipe(mergeRecipe(recipe, recipe.smoke), overrides);
  const directory = RunDirectory.create(out, run);
  await runTraining({ method: recipe.method, recipe: resolved, recipeName: name, run: directory, threads: 1 });
  return directory;
}

test("every recipe resolves by its method's schema, says what it is for and has a smoke form", () => {
  expect([...recipes.keys()]).toEqual([
    "data-scaling/tiny",
    "data-scaling/paper",
    "data-scaling/paper-swin",
    "classify/tiny",
    "classify/small",
    "u-vit/tiny",
    "u-vit/tiny-cond",
    "u-vit/tiny-autoencoder",
    "u-vit/tiny-latent",
    "u-vit/tiny-text-encoder",
    "u-vit/tiny-text",
    "u-vit/paper-cifar10",
    "u-vit/paper-celeba64",
    "u-vit/paper-imagenet64",
    "u-vit/paper-imagenet256",
    "deep-incubation/test",
    "deep-incubation/tiny",
    "deep-incubation/deep",
    "deep-incubation/wide",
    "deep-incubation/resnet110",
    "deep-incubation/swin-t",
    "deep-incubation/paper-base",
    "deep-incubation/paper-large",
    "deep-incubation/paper-huge",
    "deep-incubation/paper-cifar",
    "knowledge-condensation/tiny",
    "knowledge-condensation/small",
    "knowledge-condensation/paper",
    "knowledge-condensation/folder",
  ]);
  for (const [name, recipe] of recipes) {
    expect(resolveRecipe(recipe).seed, name).toBe(0);
    expect(recipe.about, name).not.toBe("");
    expect(Object.keys(recipe.smoke), name).not.toHaveLength(0);
    expect(methods).toContain(recipe.method);
  }
});

test("unknown names are refused with the nearest known one", () => {
  expect(() => findRecipe("data-scaling/tyni")).toThrow(
    /no recipe called data-scaling\/tyni; there are data-scaling\/tiny/,
  );
  expect(() => findMethod("clasify")).toThrow(expect.objectContaining({ hint: "did you mean classify?", exitCode: 2 }));
});

test("the sizes of the paper's ViT are those of the specification", () => {
  const recipe = resolveRecipe(findRecipe("data-scaling/paper"));
  expect(recipe).toMatchObject({
    batchSize: 2048,
    data: { imageSize: 224 },
    model: { backbone: "vit-b", patchSize: 16, dropPath: 0.1 },
    mask: { patchSize: 32, ratio: 0.6 },
    target: { normalise: false },
  });
});

describe("pre-training, fine-tuning and export in their smoke form", () => {
  let pretrained: RunDirectory;
  let finetuned: RunDirectory;

  beforeAll(async () => {
    pretrained = await train("data-scaling/tiny", "pretrain");
    finetuned = await train("classify/tiny", "finetune", [`init.from=${JSON.stringify(join(out, "pretrain"))}`]);
  });

  test("pre-training learns and writes reconstructions and a first batch", () => {
    const losses = pretrained.metrics().flatMap((line) => line["train/loss"] ?? []);
    expect(losses.at(-1)).toBeLessThan(losses[0]);
    expect(readdirSync(pretrained.join("samples")).sort()).toEqual(["00000004", "00000008", "first-batch.png"]);
    expect(existsSync(pretrained.join("samples", "00000008", "reconstructions.png"))).toBe(true);
    expect(pretrained.readInfo().metrics).toMatchObject({
      "val/loss": expect.any(Number),
      "val/gain": expect.any(Number),
      "trainEval/loss": expect.any(Number),
      "val/lossSpread": expect.any(Number),
    });
  });

  test("fine-tuning starts from the encoder's weights, the shared table in every block, and a new head", async () => {
    const recipe = findRecipe("classify/tiny");
    const resolved = resolveRecipe(mergeRecipe(recipe, recipe.smoke), [
      `init.from=${JSON.stringify(join(out, "pretrain"))}`,
    ]);
    const lines: string[] = [];
    const task = await recipe.method.task(resolved, { seed: 0, log: (line) => lines.push(line) });
    await task.source.close();
    const source = readWeights(pretrained.checkpoint().path);
    for (const name of ["cls_token", "patch_embed.proj.weight", "blocks.3.mlp.fc2.weight", "blocks.0.attn.q_bias"])
      expect(task.initial?.get(name)?.data, name).toEqual(source.get(`encoder.${name}`)?.data);
    const table = source.get("encoder.rel_pos_bias.relative_position_bias_table")?.data;
    for (const block of [0, 3])
      expect(task.initial?.get(`blocks.${block}.attn.relative_position_bias_table`)?.data).toEqual(table);
    expect([...(task.initial?.keys() ?? [])].filter((name) => /head|fc_norm|decoder|mask_token/.test(name))).toEqual(
      [],
    );
    expect(lines.join("\n")).toMatch(/4 new \(fc_norm\.weight, fc_norm\.bias, head\.weight, head\.bias\)/);
  });

  test("weights of another width are refused with the names that do not fit", async () => {
    const start = train("classify/tiny", "misfit", [
      `init.from=${JSON.stringify(join(out, "pretrain"))}`,
      "model.backbone=vit-micro",
    ]);
    await expect(start).rejects.toThrow(
      /missing \(blocks\.4.* of another shape \(cls_token \[1, 1, 64\], expected \[1, 1, 96\]/,
    );
  });

  test("the exported classifier gives the run's outputs, and predicts image files", async () => {
    const { method } = findRecipe("classify/tiny");
    const { path, maxDifference, metadata } = await exportRun({ method, run: finetuned });
    expect(maxDifference).toBeLessThanOrEqual(1e-5);
    expect(JSON.parse(metadata["labels"])).toHaveLength(8);
    const image = join(out, "image.png");
    const pixels = { width: 40, height: 32, channels: 3, data: new Uint8Array(40 * 32 * 3).fill(90) } as const;
    writeFileSync(image, encodePng(pixels, { deflate: deflateSync }));
    const [result] = await predict(path, [image], { top: 3, threads: 1 });
    expect("top" in result && result.top).toHaveLength(3);
  });

  test("both reports hold their method's own pictures", async () => {
    const [first, second] = [
      await writeReport(findMethod("data-scaling"), pretrained),
      await writeReport(findMethod("classify"), finetuned),
    ].map((path) => readFileSync(path, "utf8"));
    expect(first).toContain("Reconstructions");
    for (const heading of ["Accuracy", "Classes", "Sample predictions"]) expect(second).toContain(heading);
  });
});

test.each(["data-scaling/paper", "data-scaling/paper-swin", "classify/small"])(
  "%s runs in its smoke form",
  async (name) => {
    const run = await train(name, name.replace("/", "-"));
    expect(run.readInfo()).toMatchObject({ status: "done", step: 2 });
  },
);

test("one class is too few for a classifier, and the error names the folder", async () => {
  const root = join(out, "only");
  mkdirSync(join(root, "cat"), { recursive: true });
  for (let i = 0; i < 20; i++) {
    const pixels = { width: 8, height: 8, channels: 3, data: new Uint8Array(192).fill(10 * i) } as const;
    writeFileSync(join(root, "cat", `${i}.png`), encodePng(pixels, { deflate: deflateSync }));
  }
  const start = train("classify/tiny", "one-class", [`data.root=${JSON.stringify(root)}`]);
  await expect(start).rejects.toThrow(/only.*one class \(cat\), but a classifier needs at least two/);
});
