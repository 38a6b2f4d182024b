import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { divisionsOf, networkOf } from "../../../src/systems/deep-incubation/backbone.ts";
import { blocksOf, hybridDivision } from "../../../src/systems/deep-incubation/division.ts";
import { metaHash, recordedHash, recordName } from "../../../src/systems/deep-incubation/meta-record.ts";
import { deepIncubation } from "../../../src/systems/deep-incubation/method.ts";
import { moduleOf, moduleStates } from "../../../src/systems/deep-incubation/module-states.ts";
import type { IncubationRecipe } from "../../../src/systems/deep-incubation/schema.ts";
import { exportRun } from "../../../src/train/export-run.ts";
import { readWeights } from "../../../src/train/initial-weights.ts";
import { checkRecipe } from "../../../src/train/recipe.ts";
import type { RunDirectory } from "../../../src/train/run-directory.ts";
import { runTraining } from "../../../src/train/run-training.ts";
import { buildStepProgram } from "../../../src/train/step-program.ts";
import { prepare } from "../../../src/nn/module.ts";
import { runFolder, smallRecipe, taskOf, trained } from "./small.ts";

const out = runFolder();
const weightsOf = (run: RunDirectory) => readWeights(run.checkpoint("last").path);
const moduleRecipe = (module: number, meta = "meta", changes: Record<string, unknown> = {}): IncubationRecipe =>
  smallRecipe({ phase: "module", module, dropPath: 0.1, init: { from: join(out, meta) }, ...changes });

let meta: RunDirectory;
let modules: RunDirectory[];

beforeAll(async () => {
  meta = await trained(out, "meta", smallRecipe({ phase: "meta" }));
  modules = [];
  for (const module of [0, 1, 2]) modules.push(await trained(out, `module-${module}`, moduleRecipe(module)));
});

test("after training a module every other tensor is the meta model's, bit for bit, and the module's are its own", () => {
  const { model, modules: cut } = moduleRecipe(0);
  const { target, meta: small } = divisionsOf(model, cut);
  const size = { imageSize: 16, classes: 8, dropPath: 0 };
  const metaNetwork = prepare(networkOf(model, small, size));
  for (const [module, run] of modules.entries()) {
    const division = hybridDivision(small, target, module);
    const network = prepare(networkOf(model, division, size));
    const hybrid = new Map([...weightsOf(run)].filter(([name]) => name !== recordName));
    for (const other of [0, 1, 2].filter((i) => i !== module)) {
      const expected = moduleStates(metaNetwork, small, other, weightsOf(meta));
      expect(moduleStates(network, division, other, hybrid)).toEqual(expected);
    }
    const own = moduleStates(network, division, module, hybrid);
    expect(new Set([...own.keys()].flatMap((name) => /^blocks\.(\d)/.exec(name)?.[1] ?? [])).size).toBe(2);
    const before = buildlessInitial(module);
    for (const [name, value] of own) if (name.endsWith("fc1.weight")) expect(before).not.toContainEqual(value);
  }
});

/** The meta model's values of a module: what its training must not start from or end with. */
function buildlessInitial(module: number): unknown[] {
  const { model, modules: cut } = moduleRecipe(0);
  const { meta: small } = divisionsOf(model, cut);
  const network = prepare(networkOf(model, small, { imageSize: 16, classes: 8, dropPath: 0 }));
  return [...moduleStates(network, small, module, weightsOf(meta)).values()];
}

test("the optimiser's moments are those of the module's parameters", async () => {
  for (const module of [0, 1, 2]) {
    const task = await taskOf(moduleRecipe(module));
    const { names } = buildStepProgram(task, { seed: 0, recompute: false });
    const { model, modules: cut } = moduleRecipe(module);
    const { target, meta: small } = divisionsOf(model, cut);
    const division = hybridDivision(small, target, module);
    const network = prepare(networkOf(model, division, { imageSize: 16, classes: 8, dropPath: 0 }));
    const own = names.model.filter((name) => name !== recordName && moduleOf(network, division, name) === module);
    expect(own.length).toBeGreaterThan(0);
    for (const name of names.model) expect(names.state.some((state) => state.endsWith(name))).toBe(own.includes(name));
  }
});

test("a module's file says which meta model it grew beside", () => {
  const expected = Buffer.from(metaHash(weightsOf(meta))).toString("hex");
  for (const run of modules) expect(recordedHash(weightsOf(run))).toBe(expected);
});

test("modules are the same bits in another order, at the same time, and after a stop", async () => {
  const again = await Promise.all(
    [2, 0, 1].map((module) => trained(out, `again-${module}`, moduleRecipe(module))), // prettier-ignore
  );
  for (const [i, module] of [2, 0, 1].entries()) expect(weightsOf(again[i])).toEqual(weightsOf(modules[module]));
  const recipe = moduleRecipe(1);
  const run = await trained(out, "stopped", { ...recipe, steps: 1 });
  await runTraining({ method: deepIncubation, recipe, run, resume: true, device: "cpu", threads: 1 });
  expect(weightsOf(run)).toEqual(weightsOf(modules[1]));
});

test("the assembly is the modules and nothing else; it is measured, and fine-tuning starts from it", async () => {
  const parts = modules.map(({ path }) => path);
  const assembled = await trained(out, "assembly", smallRecipe({ phase: "assembly", parts }));
  expect(assembled.readInfo()).toMatchObject({ status: "done", step: 0, steps: 0 });
  expect(assembled.readInfo().metrics["val/accuracy"]).toBeTypeOf("number");
  const recipe = moduleRecipe(0);
  const { target, meta: small } = divisionsOf(recipe.model, recipe.modules);
  const size = { imageSize: 16, classes: 8, dropPath: 0 };
  const whole = prepare(networkOf(recipe.model, target, size));
  for (const module of [0, 1, 2]) {
    const division = hybridDivision(small, target, module);
    const network = prepare(networkOf(recipe.model, division, size));
    const hybrid = new Map([...weightsOf(modules[module])].filter(([name]) => name !== recordName));
    const expected = moduleStates(network, division, module, hybrid);
    expect(moduleStates(whole, target, module, weightsOf(assembled))).toEqual(expected);
  }
  const tuning = await taskOf(smallRecipe({ phase: "tuning", clipNorm: 1, init: { from: assembled.path } }));
  expect(new Map([...(tuning.initial ?? [])].sort())).toEqual(new Map([...weightsOf(assembled)].sort()));
  expect(tuning.clipNorm).toBe(1);
  expect(tuning.groups.flatMap(({ parameters }) => parameters).length).toBe(weightsOf(assembled).size);
  const { maxDifference } = await exportRun({ method: deepIncubation, run: assembled });
  expect(maxDifference).toBeLessThanOrEqual(1e-5);
});

test("a module of another meta model is refused by name, and a study may take it all the same", async () => {
  await trained(out, "other-meta", smallRecipe({ phase: "meta", seed: 5 }));
  const other = await trained(out, "other-module", moduleRecipe(1, "other-meta"));
  const parts = [modules[0].path, other.path, modules[2].path];
  const recipe = smallRecipe({ phase: "assembly", parts });
  await expect(trained(out, "mixed", recipe)).rejects.toThrow(
    /module 1, .*other-module, was trained beside meta model [0-9a-f]{12}, module 0, .*module-0, beside [0-9a-f]{12}/,
  );
  expect(existsSync(join(out, "mixed", "run.json"))).toBe(false);
  const mixed = await trained(out, "mixed", { ...recipe, acceptOtherMetas: true });
  expect(mixed.readInfo().status).toBe("done");
});

test("modules in the wrong order or number are refused", async () => {
  const uneven = { modules: { depths: [3, 1, 2] } };
  await trained(out, "uneven-meta", smallRecipe({ phase: "meta", ...uneven }));
  const runs = [];
  for (const module of [0, 1])
    runs.push(await trained(out, `uneven-${module}`, moduleRecipe(module, "uneven-meta", uneven)));
  const assemble = (parts: readonly string[]) => taskOf(smallRecipe({ phase: "assembly", parts, ...uneven }));
  await expect(assemble(runs.map(({ path }) => path))).rejects.toThrow("2 modules do not fill 3 places");
  await expect(assemble([runs[1].path, runs[0].path, runs[0].path])).rejects.toThrow(
    "the weights do not fit the network",
  );
});

test("an imitating module learns the meta model's features, and its file is a hybrid as well", async () => {
  const recipe = moduleRecipe(1, "meta", { learnsBy: "imitation", steps: 12, dropPath: 0 });
  const run = await trained(out, "imitation-1", recipe);
  const losses = run.metrics().flatMap((line) => line["train/loss"] ?? []);
  expect(losses.at(-1)).toBeLessThan(losses[0]);
  const task = await taskOf(smallRecipe({ phase: "assembly", parts: [modules[0].path, run.path, modules[2].path] }));
  expect(task.initial?.size).toBe([...(weightsOf(await trained(out, "target", smallRecipe({ phase: "end-to-end" })))).keys()].length); // prettier-ignore
});

test("a phase says what it cannot do without", () => {
  const refusal = (values: object) => () => checkRecipe(deepIncubation, values);
  expect(refusal({ phase: "module" })).toThrow("module: phase module needs its number");
  expect(refusal({ phase: "module", module: 0 })).toThrow("init.from: phase module needs the meta model");
  expect(refusal({ phase: "assembly" })).toThrow("parts: phase assembly needs the runs or files of its modules");
  expect(refusal({ phase: "tuning" })).toThrow("init.from: phase tuning needs an assembled network");
  expect(blocksOf(divisionsOf(smallRecipe({}).model, smallRecipe({}).modules).target)).toEqual([2, 2, 2]);
});

test("the plan of a recipe is no training", async () => {
  await expect(taskOf(smallRecipe({}))).rejects.toThrow("phase all is a plan of several trainings, not one");
});
