import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LoaderSource } from "../../../src/downstream/loader-source.ts";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { unitNormalisation } from "../../../src/data/transforms/normalise.ts";
import { distillerNamed, type DistillerName } from "../../../src/systems/knowledge-condensation/distillers/list.ts";
import { knowledgeCondensation } from "../../../src/systems/knowledge-condensation/method.ts";
import { folder, paper, small, tiny } from "../../../src/systems/knowledge-condensation/recipes.ts";
import { readCondensation } from "../../../src/systems/knowledge-condensation/report.ts";
import type { KnowledgeCondensationRecipe } from "../../../src/systems/knowledge-condensation/schema.ts";
import { readTrainingImages } from "../../../src/systems/knowledge-condensation/training-images.ts";
import { openDataset } from "../../../src/data/open-dataset.ts";
import { datasetSpec } from "../../../src/downstream/data-recipe.ts";
import { firstIndices } from "../../../src/downstream/subset.ts";
import { evaluateRun } from "../../../src/train/evaluate-run.ts";
import { exportRun } from "../../../src/train/export-run.ts";
import { mergeRecipe, type Recipe, resolveRecipe } from "../../../src/train/recipe.ts";
import { RunDirectory } from "../../../src/train/run-directory.ts";
import { runTraining } from "../../../src/train/run-training.ts";
import { buildStepProgram } from "../../../src/train/step-program.ts";
import type { Method } from "../../../src/train/task.ts";
import { readTrainingCheckpoint } from "../../../src/train/training-checkpoint.ts";
import { verifyResume } from "../../../src/train/verify-resume.ts";
import { writeReport } from "../../../src/train/write-report.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-condensation-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const resolved = (recipe: Recipe<KnowledgeCondensationRecipe>, overrides: readonly string[] = []) =>
  resolveRecipe(mergeRecipe(recipe, recipe.smoke), overrides);

async function train(
  name: string,
  overrides: readonly string[] = [],
  recipe = tiny,
  method = knowledgeCondensation,
): Promise<RunDirectory> {
  const run = RunDirectory.create(out, name);
  await runTraining({ method, recipe: resolved(recipe, overrides), run, threads: 1 });
  return run;
}

const weightsOf = (run: RunDirectory) => readTrainingCheckpoint(run.checkpoint("last").path).tensors;
const studentOf = (run: RunDirectory) => [...weightsOf(run)].filter(([name]) => name.startsWith("student."));

test("a run condenses, tells how, can be evaluated, exported and taught from; another starts from its set", async () => {
  const run = await train("first");
  const { metrics } = run.readInfo();
  // 64 points, Δ = 3: 64, 61, 58, 55, 52, 49 of 6·64
  expect(metrics["condensation/visitsRatio"]).toBeCloseTo(339 / 384, 12);
  expect(run.readInfo()).toMatchObject({ status: "done", cost: { images: 339 } });
  const data = readCondensation(run);
  expect(data?.stages.map(({ after }) => after)).toEqual([61, 58, 55, 52, 49, 46]);
  for (const { keptValue, droppedValue } of data?.stages ?? [])
    expect(keptValue).toBeGreaterThan(droppedValue ?? Infinity);
  const lines = readFileSync(run.join("eval/condensed-set.txt"), "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(46);
  expect(lines[0]).toMatch(/^\d\.\d{18}e\+\d\d$/);

  const before = readFileSync(run.join("eval/condensation.json"), "utf8");
  const again = await evaluateRun({ method: knowledgeCondensation, run, threads: 1 });
  expect(again.metrics["val/accuracy"]).toBe(metrics["val/accuracy"]);
  expect(
    readFileSync(run.join("eval/condensation.json"), "utf8").replace(/"condensation\/milliseconds":[^,}]*/, ""),
  ).toBe(before.replace(/"condensation\/milliseconds":[^,}]*/, ""));
  expect((await exportRun({ method: knowledgeCondensation, run })).maxDifference).toBeLessThanOrEqual(1e-5);
  const page = readFileSync(await writeReport(knowledgeCondensation, run), "utf8");
  for (const heading of ["Accuracy", "Condensation", "Values by stage", "Classes", "Points"])
    expect(page).toContain(`${heading}</h2>`);

  const file = JSON.stringify(run.join("eval/condensed-set.safetensors"));
  const next = await train("next", [`teacher=${JSON.stringify(run.path)}`, `condensation.from=${file}`, "epochs=1"]);
  expect(next.readInfo().cost.images).toBe(46);
  const onnx = await train("onnx", [`teacher=${JSON.stringify(run.join("export/model.onnx"))}`, "epochs=2"]);
  expect(onnx.readInfo().metrics["val/teacherAccuracy"]).toBeCloseTo(metrics["val/accuracy"], 2);
});

test("a run stopped in the middle of stages ends with the bits of an undisturbed one", async () => {
  const recipe = resolved(tiny);
  const result = await verifyResume({
    method: knowledgeCondensation,
    recipe,
    steps: 28,
    stops: 3,
    out: join(out, "resume"),
    threads: 1,
  });
  expect(result.different).toEqual([]);
  expect(result.identical).toBe(true);
});

test("with ρ = 1 the student has the bits of the same distiller on an ordinary loader", async () => {
  const overrides = ["condensation.keep=1", "batchSize=16"];
  const condensed = await train("whole", overrides);
  const plain: Method<KnowledgeCondensationRecipe> = {
    ...knowledgeCondensation,
    async task(recipe, context) {
      const task = await knowledgeCondensation.task(recipe, context);
      const data = await openDataset(datasetSpec(recipe.data), "train");
      const images = await readTrainingImages(data, {
        subset: firstIndices(data),
        imageSize: 16,
        labelNoise: 0,
        seed: 0,
      });
      const { memory: _memory, ...rest } = task;
      const source = new LoaderSource(
        {
          dataset: images.dataset,
          transforms: [
            { name: "randomCrop", size: 16, padding: 2 },
            { name: "horizontalFlip", probability: 0.5 },
          ],
          normalise: unitNormalisation,
          imageSize: 16,
          batchSize: 16,
          seed: recipe.seed,
        },
        (batch) => ({
          images: hostTensor("float32", [16, 3, 16, 16], batch.images),
          labels: hostTensor("int64", [16], batch.labels),
          indices: hostTensor("int64", [16], BigInt64Array.from(batch.indices, BigInt)),
        }),
      );
      return { ...rest, source, evaluations: [] };
    },
  };
  const bare = await train("bare", overrides, tiny, plain);
  const ofBare = new Map(studentOf(bare));
  for (const [name, value] of studentOf(condensed)) expect(ofBare.get(name)?.data, name).toEqual(value.data);
  expect(ofBare.size).toBe(4);
});

const tinyConv = [
  "data.imageSize=16",
  "data.count=8",
  "data.valCount=4",
  "batchSize=4",
  "steps=2",
  "epochs=2",
  "validation.every=2",
];

test.each(["hint", "attention", "similarity", "correlation", "vid", "rkd", "pkt", "nst", "abound", "fsp", "sskd"])(
  "%s builds a step that trains a convolutional student and leaves the teacher",
  async (name) => {
    const { pretrained } = distillerNamed(name as DistillerName);
    const recipe = resolved(small, [
      ...tinyConv,
      `distiller.name=${name}`,
      ...(pretrained === true ? ["distiller.phase=pretrain"] : []),
    ]);
    const task = await knowledgeCondensation.task(recipe, { seed: 0, log: () => {} });
    const updated = [...buildStepProgram(task, { seed: 0, recompute: false }).program.updates.keys()];
    expect(updated.some((state) => state.startsWith("teacher."))).toBe(false);
    const trains = name === "sskd" ? "distiller.teacher_head.proj_head.0.weight" : "student.conv1.weight";
    expect(updated).toContain(trains);
    await task.source.close();
  },
);

test("crd-kd trains a convolutional student, with an epoch that ends in a short batch", async () => {
  const run = await train(
    "conv",
    [...tinyConv, "batchSize=5", "distiller.name=crd-kd", "distiller.negatives=4"],
    small,
  );
  expect(run.readInfo()).toMatchObject({ status: "done", step: 2, cost: { images: 8 } });
});

test("factor has a phase before, which trains its paraphraser, and a second one, which leaves it", async () => {
  const common = [...tinyConv, "distiller.name=factor"];
  const first = await train("before", [...common, "distiller.phase=pretrain"], small);
  const second = await train("after", [...common, `init.from=${JSON.stringify(first.path)}`], small);
  const name = "distiller.paraphraser.encoder.0.weight";
  expect(weightsOf(second).get(name)).toEqual(weightsOf(first).get(name));
  expect(weightsOf(second).get("student.conv1.weight")).not.toEqual(weightsOf(first).get("student.conv1.weight"));
  expect(() => resolved(small, common)).toThrow(/init.from: this distiller starts from a run of its own/);
});

test.each([
  ["paper", paper],
  ["folder", folder],
] as const)("%s runs in its smoke form", async (name, recipe) => {
  const run = await train(`smoke-${name}`, [], recipe);
  expect(run.readInfo().status).toBe("done");
});

test("a transformer learns from a transformer by maps of tokens", async () => {
  const vit = [
    "model.backbone=vit-nano",
    "model.patchSize=4",
    "teacherModel.backbone=vit-nano",
    "teacherModel.patchSize=4",
    "teacherModel.window=null",
  ];
  const run = await train("vit", [
    ...vit.slice(0, 4),
    "distiller.name=attention",
    "epochs=1",
    "steps=2",
    'taps=["blocks.0","blocks.1","blocks.3"]',
    'teacherTaps=["blocks.0","blocks.2","blocks.3"]',
  ]);
  expect(run.readInfo().status).toBe("done");
  await expect(train("no-tap", [...vit.slice(0, 4), 'taps=["blocks.0","blocks.33"]'])).rejects.toThrow(
    "no module called blocks.33 returns a feature",
  );
});

test("a missing teacher is refused with what to do", async () => {
  const recipe = { ...resolved(tiny), teacher: undefined };
  await expect(knowledgeCondensation.task(recipe, { seed: 0, log: () => {} })).rejects.toThrow(
    "a distillation needs a teacher, and the recipe names none",
  );
});

test("a text that is no list of points is refused with its line", async () => {
  const path = join(out, "set.txt");
  writeFileSync(path, "3.000000000000000000e+00\n64\n");
  await expect(train("no-set", [`condensation.from=${JSON.stringify(path)}`])).rejects.toThrow(
    /line 2 is "64", no number from 0 to 63/,
  );
});
