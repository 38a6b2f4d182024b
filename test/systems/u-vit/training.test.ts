import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sample } from "../../../src/cli/commands/sample.ts";
import { flagPresets, type FlagValues } from "../../../src/cli/flags.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import { findRecipe } from "../../../src/systems/catalogue.ts";
import { RunSampler, type SampleRequest } from "../../../src/systems/u-vit/sampling.ts";
import { mergeRecipe, resolveRecipe } from "../../../src/train/recipe.ts";
import { RunDirectory } from "../../../src/train/run-directory.ts";
import { runTraining } from "../../../src/train/run-training.ts";
import { verifyResume } from "../../../src/train/verify-resume.ts";
import { writeReport } from "../../../src/train/write-report.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-u-vit-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));
const oneThread = { device: "cpu", threads: 1 } as const;

const small = (name: string, overrides: readonly string[] = []) => {
  const recipe = findRecipe(name);
  return { method: recipe.method, recipe: resolveRecipe(mergeRecipe(recipe, recipe.smoke), overrides) };
};

describe("a run by class in its smoke form", () => {
  let run: RunDirectory;
  let sampler: RunSampler;

  beforeAll(async () => {
    run = RunDirectory.create(out, "cond");
    await runTraining({ ...small("u-vit/tiny-cond"), run, ...oneThread });
    sampler = await RunSampler.open(run, oneThread);
  });
  afterAll(() => sampler[Symbol.asyncDispose]());

  const draw = async (request: SampleRequest): Promise<number[]> => [...(await sampler.sample(request)).values];

  test("logs its losses by noise level and writes samples under the classes", async () => {
    expect(run.readInfo().metrics).toMatchObject({
      "val/loss": expect.any(Number) as number,
      "val/lossFifth5": expect.any(Number) as number,
    });
    expect(readdirSync(run.join("samples")).sort()).toEqual(["00000004", "first-batch.png"]);
    await writeReport(findRecipe("u-vit/tiny-cond").method, run);
    expect(readFileSync(run.join("report.html"), "utf8")).toContain("Loss by noise level");
  });

  test("a sample depends on seed, number and class, not on the batch it is drawn in", async () => {
    const request = { count: 6, seed: 3, steps: 3 };
    const together = await draw(request);
    const inPairs = await draw({ ...request, batchSize: 4 });
    expect(together).toHaveLength(6 * 3 * 16 * 16);
    together.forEach((value, i) => expect(inPairs[i]).toBeCloseTo(value, 4));
    const third = await draw({ count: 1, first: 2, seed: 3, steps: 3, wanted: sampler.label("2") });
    third.forEach((value, i) => expect(value).toBeCloseTo(together[2 * 768 + i], 4));
  });

  test("classes have names and numbers; another seed gives another picture", async () => {
    expect(sampler.label("ring")).toEqual({ label: sampler.generated.classNames.indexOf("ring") });
    expect(() => sampler.label("rng")).toThrow(expect.objectContaining({ hint: "did you mean ring?" }) as Error);
    const request = { count: 1, steps: 2, wanted: sampler.label("ring") };
    expect(await draw({ ...request, seed: 1 })).not.toEqual(await draw({ ...request, seed: 2 }));
  });

  test("every sampler draws finite pictures", async () => {
    for (const name of ["euler-maruyama", "ddim", "dpm-solver-2", "dpm-solver++", "dpm-solver++3m"])
      expect((await draw({ count: 2, steps: 4, sampler: name })).every(Number.isFinite)).toBe(true);
  });

  test("interpolation starts and ends at the pictures of its two noises", async () => {
    const request = { steps: 2, wanted: sampler.label("disc"), seed: 5 };
    const way = await draw({ ...request, count: 4, interpolate: 4 });
    const ends = await draw({ ...request, count: 2 });
    for (let i = 0; i < 768; i++) {
      expect(way[i]).toBeCloseTo(ends[i], 4);
      expect(way[3 * 768 + i]).toBeCloseTo(ends[768 + i], 4);
    }
  });

  const call = async (flags: Partial<FlagValues>): Promise<string> => {
    let printed = "";
    const stream = { write: (text: string) => (printed += text) };
    const terminal = new Terminal({ ...flagPresets, json: true, quiet: true, stdout: stream, stderr: stream });
    await sample.run({
      things: [run.path],
      values: [],
      flags: { ...flagPresets, device: "cpu", threads: 1, steps: 2, ...flags },
      terminal,
    });
    return printed;
  };

  test("fovea sample writes a grid and single files", async () => {
    const [grid, images] = [join(out, "made/grid.png"), join(out, "single")];
    const printed = await call({ count: 10, label: "ring", guidance: 0.5, seed: "7", grid, images });
    expect(JSON.parse(printed)).toMatchObject({ count: 10, grid, images, step: 4 });
    expect(existsSync(grid)).toBe(true);
    expect(readdirSync(images)).toHaveLength(10);
    expect(readdirSync(join(out, "made"))).toEqual(["grid.png"]);
  });

  test("fovea sample refuses what the model or the samplers do not know, with the nearest name", async () => {
    await expect(call({ label: "rings" })).rejects.toThrow("no class called rings; there are disc");
    await expect(call({ text: "a ring" })).rejects.toThrow("this model was not trained by text");
    await expect(call({ sampler: "ddmi" })).rejects.toThrow("no sampler called ddmi");
    await expect(call({ seed: "x" })).rejects.toThrow("is no seed");
  });
});

test("a run that was stopped and resumed ends at the same bits, averages included", async () => {
  const proof = await verifyResume({ ...small("u-vit/tiny-cond"), steps: 4, stops: 1, out, ...oneThread });
  expect(proof).toMatchObject({ identical: true, different: [] });
});

test("recipes refuse what cannot be trained", () => {
  const wrong = (name: string, value: string) => () => small(name, [value]);
  expect(wrong("u-vit/tiny", "conditionDropout=0.1")).toThrow("hides a condition, but condition is none");
  expect(wrong("u-vit/tiny", "model.patchSize=5")).toThrow("must divide data.imageSize");
  expect(wrong("u-vit/tiny-cond", "model.heads=3")).toThrow("must divide model.width");
  expect(wrong("u-vit/tiny", "samples.sampler=ddmi")).toThrow("samples.sampler");
});
