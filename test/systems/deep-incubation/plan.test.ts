import { expect, test } from "vitest";
import { makespan } from "../../../src/jobs/makespan.ts";
import { criticalWork, incubationCost, totalWork } from "../../../src/systems/deep-incubation/cost.ts";
import { deepIncubation } from "../../../src/systems/deep-incubation/method.ts";
import { incubationPlan } from "../../../src/systems/deep-incubation/plan.ts";
import * as recipes from "../../../src/systems/deep-incubation/recipes.ts";
import type { IncubationRecipe } from "../../../src/systems/deep-incubation/schema.ts";
import { parsePlan, waitsFor } from "../../../src/train/plan.ts";
import { checkRecipe, type Recipe, resolveRecipe } from "../../../src/train/recipe.ts";

const resolved = (recipe: Recipe<IncubationRecipe>, values: readonly string[] = []) => resolveRecipe(recipe, values);
const plannedOf = (values: readonly string[] = []) =>
  parsePlan(JSON.parse(JSON.stringify(incubationPlan(resolved(recipes.tiny, values), "deep-incubation/tiny"))));

test("a plan is meta → modules → assembly → fine-tuning, and modules do not wait for each other", () => {
  const plan = plannedOf();
  expect(plan.runs.map((run) => [run.id, waitsFor(run)])).toEqual([
    ["meta", []],
    ...[0, 1, 2, 3].map((module) => [`module-${module}`, ["meta"]]),
    ["assembly", ["module-0", "module-1", "module-2", "module-3"]],
    ["tuning", ["assembly"]],
  ]);
  const by = new Map(plan.runs.map((run) => [run.id, checkRecipe(deepIncubation, run.recipe)]));
  expect(by.get("meta")).toMatchObject({ phase: "meta", epochs: 30, warmupEpochs: 2, dropPath: 0, clipNorm: null });
  expect(by.get("module-2")).toMatchObject({ phase: "module", module: 2, epochs: 10, dropPath: 0.1, clipNorm: null });
  expect(by.get("tuning")).toMatchObject({ phase: "tuning", epochs: 10, warmupEpochs: 0, clipNorm: 1 });
});

test("the control with other meta models has one of its own for every module but the first", () => {
  const plan = plannedOf(['arms=["other-metas","imitation","from-scratch","end-to-end"]']);
  const find = (id: string) => plan.runs.find((run) => run.id === id);
  expect(find("other-module-3")?.takes).toEqual({ "init.from": "other-meta-3" });
  expect(find("other-assembly")?.takes).toEqual({
    parts: ["module-0", "other-module-1", "other-module-2", "other-module-3"],
  });
  expect(find("other-assembly")?.recipe).toMatchObject({ acceptOtherMetas: true });
  const seeds = [1, 2, 3].map((module) => find(`other-meta-${module}`)?.recipe["seed"]);
  expect(new Set([0, ...seeds]).size).toBe(4);
  expect(find("imitation-module-0")?.recipe).toMatchObject({ learnsBy: "imitation" });
  expect(find("from-scratch")?.recipe).toMatchObject({ phase: "end-to-end", epochs: 10, clipNorm: 1 });
});

test.each([
  ["paperBase", 10_800, 3600, 5400, 3600, 1.167, 0.806],
  ["paperLarge", 21_600, 3600, 9000, 7200, 0.917, 0.611],
  ["paperHuge", 28_800, 3600, 11_400, 9600, 0.854, 0.5625],
  ["deep", 2880, 360, 1140, 960, 0.854, 0.5625],
] as const)("the cost of %s is the specification's", (name, endToEnd, meta, modules, tuning, total, critical) => {
  const cost = incubationCost(resolved(recipes[name]));
  expect(cost).toMatchObject({ endToEnd, meta, tuning });
  expect(cost.modules.reduce((sum, units) => sum + units, 0)).toBe(modules);
  expect(totalWork(cost) / endToEnd).toBeCloseTo(total, 3);
  expect(criticalWork(cost) / endToEnd).toBeCloseTo(critical, 3);
});

test("a 128-layer network costs 0.714 of its training end to end, 0.453 on four machines", () => {
  const cost = incubationCost(resolved(recipes.paperCifar, ["model.depth=128"]));
  expect(cost).toMatchObject({ endToEnd: 115_200, meta: 3600, tuning: 38_400 });
  expect(totalWork(cost) / cost.endToEnd).toBeCloseTo(0.714, 3);
  expect(criticalWork(cost) / cost.endToEnd).toBeCloseTo(0.453, 3);
});

test("machines shorten a plan to its longest chain", () => {
  const seconds: Record<string, number> = { meta: 10, "module-0": 7, "module-1": 5, "module-2": 4, "module-3": 4, assembly: 1, tuning: 9 }; // prettier-ignore
  const time = (machines: number) => makespan(plannedOf(), (id) => seconds[id] ?? 0, machines);
  expect(time(1)).toBe(40);
  expect(time(2)).toBe(10 + 11 + 10); // 7 + 4 beside 5 + 4
  expect(time(4)).toBe(10 + 7 + 10);
  expect(time(9)).toBe(time(4));
});
