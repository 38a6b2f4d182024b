import { expect, test } from "vitest";
import { findStudy } from "../../../src/systems/catalogue.ts";
import { quick, smoke, study } from "../../../src/systems/data-scaling/studies.ts";
import { milestoneOf, studyPlan } from "../../../src/systems/data-scaling/study-plan.ts";
import { parsePlan } from "../../../src/train/plan.ts";
import { resolveStudy } from "../../../src/train/study.ts";

const small = ["data.count=64", "data.valCount=16", "fineTuning.images=16"];
const settingsOf = (...overrides: string[]) => resolveStudy(study, "data-scaling/study", [...small, ...overrides]);

test("the presets are those of section 9", () => {
  expect(resolveStudy(smoke, "smoke")).toMatchObject({
    sizes: ["S"],
    images: [32, 1024],
    lengths: [100, 200, 400],
    seeds: [0],
  });
  expect(resolveStudy(quick, "quick")).toMatchObject({ images: [32, 256, 4096], lengths: [300, 600, 1200] });
  expect(resolveStudy(study, "study")).toMatchObject({
    sizes: ["S", "B", "L"],
    images: [32, 256, 2048, 8192],
    lengths: [400, 800, 1600],
    seeds: [0, 1],
    fineTuning: { images: 2000, epochs: 10, batchSize: 50, learningRate: 1e-3, layerDecay: 0.75 },
  });
  expect(findStudy("data-scaling/study")).toBe(study);
});

test("lengths T/4, T/2, T share a trunk of 7T/8: 1.094 T updates instead of 1.75 T, 37% fewer", async () => {
  const { plan, updatesAlone } = await studyPlan(settingsOf("images=[8,32]", "sizes=[\"S\"]", "seeds=[0]"), "x"); // prettier-ignore
  const { runs } = parsePlan(plan);
  const own = runs
    .map(({ recipe, branch }) => Number(recipe["steps"] ?? 0) - (branch?.step ?? 0))
    .reduce((a, b) => a + b);

  expect([own, updatesAlone]).toEqual([2 * 1750, 2 * 2800]);
  const tail = runs.find(({ id }) => id === "pre-s-n8-r0-t800");
  expect(tail).toMatchObject({
    branch: { run: "trunk-s-n8-r0", step: 700 },
    recipe: { optimiser: { warmupSteps: 80 } },
  });
  expect(runs.find(({ id }) => id === "trunk-s-n8-r0")?.recipe["checkpoints"]).toMatchObject({ at: [350, 700, 1400] });
  expect([milestoneOf(100), milestoneOf(400)]).toEqual([88, 350]);
});

test("the lists of its parts are nested, and alone without trunks every run stands for itself", async () => {
  const { plan, files } = await studyPlan(settingsOf("images=[4,16,32]", "lengths=[16,32]", "shareTrunk=false"), "x");
  const lines = [4, 16, 32].map((count) => files?.get(`lists/${count}.txt`)?.trim().split("\n") ?? []);
  expect(lines.map(({ length }) => length)).toEqual([4, 16, 32]);
  expect(lines[2]).toEqual(expect.arrayContaining(lines[1] ?? []));
  expect(lines[1]).toEqual(expect.arrayContaining(lines[0] ?? []));
  expect(plan.runs.filter(({ branch }) => branch !== undefined)).toEqual([]);
  expect(plan.runs).toHaveLength(3 * 3 * 2 * 2 * 2); // sizes × parts × lengths × seeds, pre-trained and fine-tuned
});
