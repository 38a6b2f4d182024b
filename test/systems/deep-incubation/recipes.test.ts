import { expect, test } from "vitest";
import { deepIncubation } from "../../../src/systems/deep-incubation/method.ts";
import { divisionsOf } from "../../../src/systems/deep-incubation/backbone.ts";
import { blocksOf } from "../../../src/systems/deep-incubation/division.ts";
import * as recipes from "../../../src/systems/deep-incubation/recipes.ts";
import type { IncubationRecipe } from "../../../src/systems/deep-incubation/schema.ts";
import * as studies from "../../../src/systems/deep-incubation/studies.ts";
import { parsePlan } from "../../../src/train/plan.ts";
import { checkRecipe, mergeRecipe, type Recipe, resolveRecipe } from "../../../src/train/recipe.ts";
import { RunDirectory } from "../../../src/train/run-directory.ts";
import { runTraining } from "../../../src/train/run-training.ts";
import { resolveStudy, type Study } from "../../../src/train/study.ts";
import type { IncubationStudySettings } from "../../../src/systems/deep-incubation/study-settings.ts";
import { runFolder } from "./small.ts";

const out = runFolder();
const all: readonly [string, Recipe<IncubationRecipe>][] = Object.entries(recipes);

test.each(all.filter(([name]) => ["test", "resnet110", "swinT", "paperBase"].includes(name)))(
  "%s trains in its smoke form",
  async (name, recipe) => {
    const run = RunDirectory.create(out, name);
    const smoke = resolveRecipe(mergeRecipe(recipe, recipe.smoke));
    await runTraining({ method: deepIncubation, recipe: smoke, run, device: "cpu", threads: 1 });
    expect(run.readInfo()).toMatchObject({ status: "done", step: 2 });
  },
);

test("every recipe is a plan whose runs its method's schema takes", async () => {
  for (const [name, recipe] of all) {
    const resolved = resolveRecipe(recipe);
    const study = deepIncubation.study?.(resolved);
    const planned = parsePlan(JSON.parse(JSON.stringify((await study?.plan?.(resolved, name))?.plan)));
    const modules = blocksOf(divisionsOf(resolved.model, resolved.modules).target).length;
    expect(planned.runs.length, name).toBe(modules + 3);
    for (const run of planned.runs) checkRecipe(deepIncubation, run.recipe);
    expect(recipe.about, name).not.toBe("");
  }
  expect(deepIncubation.study?.(resolveRecipe(recipes.test, ["phase=meta"]))).toBeUndefined();
});

test("the presets are those of section 9", () => {
  const model = (recipe: Recipe<IncubationRecipe>) => resolveRecipe(recipe).model;
  expect(model(recipes.tiny)).toMatchObject({ width: 96, heads: 3, depth: 12, patchSize: 8 });
  expect(model(recipes.deep)).toMatchObject({ width: 64, heads: 4, depth: 32, patchSize: 8 });
  expect(model(recipes.wide)).toMatchObject({ width: 192, heads: 3, depth: 24, patchSize: 8 });
  expect(model(recipes.paperHuge)).toMatchObject({ width: 1280, depth: 32, patchSize: 14, qkvBias: false, eps: 1e-5 });
});

test.each(Object.entries(studies) as [string, Study<IncubationStudySettings>][])(
  "study %s trains what cells share once, and says how many runs there are",
  async (name, study) => {
    const settings = resolveStudy(study, name);
    const plan = parsePlan(JSON.parse(JSON.stringify((await study.plan?.(settings, name))?.plan)));
    const counts = { gates: 3 * (1 + 6 + 1 + 1 + 3 + 3 + 2 + 6), budget: 3 * (1 + 3 * 6 + 2), dataFraction: 3 * 3 * 8, metaDepth: 3 * 3 * 13 }; // prettier-ignore
    expect(plan.runs).toHaveLength(counts[name as keyof typeof counts]);
    for (const run of plan.runs) checkRecipe(deepIncubation, run.recipe);
    const result = await study.result(settings, { name, plan, done: () => undefined });
    expect(result.files.get("report.html")).toContain("Accuracy against cost");
    expect(result.files.get("report.html")).not.toContain("NaN");
    const rows = { gates: 5, budget: 3 + 2, dataFraction: 3 * 2, metaDepth: 3 * 2 };
    expect(result.lines).toHaveLength(rows[name as keyof typeof rows]); // what cells share is one row
  },
);
