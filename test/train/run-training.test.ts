import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveRecipe } from "../../src/train/recipe.ts";
import { RunDirectory } from "../../src/train/run-directory.ts";
import { runTraining } from "../../src/train/run-training.ts";
import { readTrainingCheckpoint } from "../../src/train/training-checkpoint.ts";
import { verifyResume } from "../../src/train/verify-resume.ts";
import { toy, toyRecipe } from "./toy.ts";

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "fovea-train-"));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const train = (name: string, overrides: string[] = [], options: object = {}) => {
  const run = RunDirectory.create(out, name);
  return runTraining({ method: toy, recipe: resolveRecipe(toyRecipe, overrides), run, threads: 1, ...options }).then(
    (result) => ({ run, result }),
  );
};

test("a run lowers its loss and leaves metrics, events, checkpoints and a finished run.json", async () => {
  const { run, result } = await train("a", ["steps=60", "logEvery=5", "evaluateEvery=20"]);
  expect(result.status).toBe("done");
  const lines = run.metrics();
  const losses = lines.flatMap((line) => (line["train/loss"] === undefined ? [] : [line["train/loss"]]));
  expect(losses).toHaveLength(12);
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
  expect(lines.filter((line) => line["val/loss"] !== undefined).map(({ step }) => step)).toEqual([20, 40, 60]);
  expect(readdirSync(run.join("events"))).toHaveLength(1);
  expect(run.checkpoint("last").step).toBe(60);
  expect(run.readInfo()).toMatchObject({ status: "done", step: 60, steps: 60, seed: 0, device: "cpu", parameters: 97 });
  expect(run.readInfo().cost.flops).toBeGreaterThan(60 * 6 * 32 * 4 * 16);
});

test("stopping and resuming three times gives the same bits, memory and averages included", async () => {
  const recipe = resolveRecipe(toyRecipe, ["ema=0.9", "accumulate=2", "checkpoints.everySteps=3"]);
  const result = await verifyResume({ method: toy, recipe, steps: 20, stops: 3, out, threads: 1 });
  expect(result).toEqual({ identical: true, tensors: 17, different: [] });
});

test("a resumed run's metrics hold every step once", async () => {
  const { run } = await train("a", ["logEvery=1"], { stopAfter: 7 });
  expect(run.readInfo()).toMatchObject({ status: "interrupted", step: 7 });
  await runTraining({ method: toy, recipe: resolveRecipe(toyRecipe, ["logEvery=1"]), run, threads: 1, resume: true });
  const steps = run
    .metrics()
    .filter((line) => line["train/loss"] !== undefined)
    .map(({ step }) => step);
  expect(steps).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test("accumulating over micro-batches gives the gradients of the whole batch", async () => {
  const model = async (name: string, accumulate: number) =>
    readTrainingCheckpoint((await train(name, [`accumulate=${accumulate}`])).run.checkpoint("last").path).tensors;
  const [whole, parts] = [await model("whole", 1), await model("parts", 4)];
  for (const [name, value] of whole) {
    const other = parts.get(name)!.data;
    for (let i = 0; i < value.data.length; i++) expect(Number(other[i])).toBeCloseTo(Number(value.data[i]), 5);
  }
});

test("the last checkpoints and the best are kept", async () => {
  const { run } = await train("a", ["checkpoints.everySteps=2", "checkpoints.keep=2", "evaluateEvery=2", "steps=12"]);
  const steps = run.checkpoints().map(({ step }) => step);
  const best = run.checkpoint("best").step;
  const losses = run
    .metrics()
    .flatMap((line) => (line["val/loss"] === undefined ? [] : [[line["val/loss"], line.step] as const]));
  expect(best).toBe(losses.sort(([a], [b]) => a - b)[0]![1]);
  expect(steps.filter((step) => step !== best).length).toBeLessThanOrEqual(2);
});

test("a step that is not finite stops the run, names the operator and keeps the step", async () => {
  const run = RunDirectory.create(out, "nan");
  const training = runTraining({
    method: toy,
    recipe: resolveRecipe(toyRecipe, ["poisonStep=5", "checkpoints.everySteps=4"]),
    run,
    threads: 1,
  });
  await expect(training).rejects.toThrow(
    /step 5: loss 0\.\d+, gradient norm NaN; the first value that is not finite comes from Gemm \[32, 16\]/,
  );
  expect(run.readInfo()).toMatchObject({ status: "failed" });
  expect(JSON.parse(readFileSync(run.join("debug/nan-5/step.json"), "utf8"))).toMatchObject({
    step: 5,
    origin: { operator: "Gemm" },
  });
  expect(readdirSync(run.join("debug/nan-5"))).toEqual(["inputs.safetensors", "model.safetensors", "step.json"]);
  expect(run.checkpoint("last").step).toBe(4);
});

test("several steps in one run give the same weights, metrics and boundaries", async () => {
  const common = ["memory=false", "logEvery=1", "steps=19", "evaluateEvery=8", "checkpoints.everySteps=5"];
  const [one, four] = [await train("one", common), await train("four", [...common, "stepsPerRun=4"])];
  const saved = ({ run }: typeof one) => readTrainingCheckpoint(run.checkpoint("last").path).tensors;
  expect(saved(four)).toEqual(saved(one));
  expect(four.run.checkpoints().map(({ step }) => step)).toEqual(one.run.checkpoints().map(({ step }) => step));
  const lines = ({ run }: typeof one) =>
    run.metrics().map((line) => ({ ...line, time: 0, "train/imagesPerSecond": 0, attempt: 0 }));
  expect(lines(four)).toEqual(lines(one));
});

test("a step that is not finite among several is found, and those before it count", async () => {
  const run = RunDirectory.create(out, "nan");
  const overrides = ["memory=false", "stepsPerRun=4", "logEvery=1", "poisonStep=6"];
  const training = runTraining({ method: toy, recipe: resolveRecipe(toyRecipe, overrides), run, threads: 1 });
  await expect(training).rejects.toThrow(/step 6: loss 0\.\d+, gradient norm NaN; .* comes from Gemm \[32, 16\]/);
  expect(run.metrics().map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(readdirSync(run.join("debug/nan-6"))).toHaveLength(3);
});

test("several steps in one run are refused to a method whose batches may depend on the last step", async () => {
  await expect(train("a", ["stepsPerRun=4"])).rejects.toThrow(
    "stepsPerRun=4: this method looks at each step before it makes the next batch; expected 1",
  );
});

test("a damaged checkpoint is refused by file name and the newest good one is offered and taken", async () => {
  const { run } = await train("a", ["checkpoints.everySteps=5"], { stopAfter: 15 });
  truncateSync(join(run.checkpoint("last").path, "state.safetensors"), 100);
  const resume = (options: object) =>
    runTraining({
      method: toy,
      recipe: resolveRecipe(toyRecipe, ["checkpoints.everySteps=5"]),
      run,
      threads: 1,
      resume: true,
      ...options,
    });
  await expect(resume({})).rejects.toMatchObject({
    message: expect.stringContaining("state.safetensors has 100 bytes"),
    hint: expect.stringContaining("checkpoints/00000010"),
  });
  expect((await resume({ fromStep: 10 })).status).toBe("done");
});

test("resuming with another recipe is refused with the difference", async () => {
  const { run } = await train("a", [], { stopAfter: 5 });
  const recipe = resolveRecipe(toyRecipe, ["peakLearningRate=0.5"]);
  await expect(runTraining({ method: toy, recipe, run, threads: 1, resume: true })).rejects.toThrow(
    "peakLearningRate: 0.01 → 0.5",
  );
});

test("a recipe names its unknown key, the nearest one, and values that are out of range", () => {
  expect(() => resolveRecipe(toyRecipe, ["peakLearningrate=1"])).toThrow(
    expect.objectContaining({
      message: "recipe of toy: unknown key peakLearningrate",
      hint: "did you mean peakLearningRate?",
      exitCode: 2,
    }),
  );
  expect(() => resolveRecipe(toyRecipe, ["peakLearningRate=-1"])).toThrow(/peakLearningRate: .*>=0.*\(got -1\)/);
  expect(() => resolveRecipe(toyRecipe, ["checkpoints.kep=1"])).toThrow(
    expect.objectContaining({ hint: "did you mean checkpoints.keep?" }),
  );
});
