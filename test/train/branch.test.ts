import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bytesOf } from "../../src/graph/onnx/tensor-bytes.ts";
import { checkRecipe } from "../../src/train/recipe.ts";
import { RunDirectory } from "../../src/train/run-directory.ts";
import { runTraining } from "../../src/train/run-training.ts";
import type { Method } from "../../src/train/task.ts";
import { readTrainingCheckpoint } from "../../src/train/training-checkpoint.ts";
import { toy, type ToyRecipe } from "./toy.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-branch-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** A rate that is constant until the last eighth of a run, as trunk and branch need it. */
const stepped: Method<ToyRecipe> = {
  ...toy,
  async task(recipe, context) {
    const task = await toy.task(recipe, context);
    const drop = recipe.width === 1 ? Infinity : (7 / 8) * task.steps; // width 1 marks the trunk
    return { ...task, schedule: (step) => (step < drop ? 1e-2 : 1e-3) };
  },
};

async function train(name: string, values: object, options: { resume?: boolean; stopAfter?: number } = {}) {
  const recipe = checkRecipe(stepped, { batchSize: 8, evaluateEvery: 4, ema: 0.9, ...values });
  const run = options.resume === true ? RunDirectory.open(name, out) : RunDirectory.create(out, name);
  await runTraining({ method: stepped, recipe, run, threads: 1, ...options });
  return run;
}

const stateOf = (run: RunDirectory) => readTrainingCheckpoint(run.checkpoint("last").path);

function expectSameBits(a: RunDirectory, b: RunDirectory): void {
  const [one, other] = [stateOf(a), stateOf(b)];
  expect(other.fields.step).toBe(one.fields.step);
  expect([...other.tensors.keys()]).toEqual([...one.tensors.keys()]);
  for (const [name, value] of one.tensors)
    expect(Buffer.compare(bytesOf(value), bytesOf(other.tensors.get(name)!)), name).toBe(0);
  expect(other.memory.get("sum")?.data[0]).toBe(one.memory.get("sum")?.data[0]);
}

test("two runs that branch off one trunk have the bits of runs trained alone", async () => {
  const trunk = await train("trunk", { steps: 28, width: 1, checkpoints: { at: [14], keep: 1 } });
  expect(trunk.checkpoints().map(({ step }) => step)).toContain(14); // older than the last, and kept
  for (const steps of [16, 32]) {
    const step = (7 / 8) * steps;
    const alone = await train(`alone-${steps}`, { steps, width: 2 });
    const branch = await train(`branch-${steps}`, { steps, width: 2, branch: { run: trunk.path, step } });
    expectSameBits(alone, branch);
    const lines = branch.metrics().filter((line) => line["val/loss"] !== undefined);
    expect(lines[0]?.step).toBe(step); // the branch's start is measured
    const same = alone.metrics().find((line) => line.step === steps && line["val/loss"] !== undefined);
    expect(lines[lines.length - 1]?.["val/loss"]).toBe(same?.["val/loss"]);
    expect(branch.readInfo()).toMatchObject({ branch: { step }, step: steps, cost: { images: 8 * steps } });
    expect(branch.readInfo().cost.flops).toBe(alone.readInfo().cost.flops);
  }
});

test("a branch that is stopped goes on to the same bits, its own record and log from its own start", async () => {
  const from = { steps: 32, width: 2, branch: { run: join(out, "trunk"), step: 28 } };
  await train("stopped", from, { stopAfter: 30 });
  const resumed = await train("stopped", from, { resume: true });
  expectSameBits(RunDirectory.open("branch-32", out), resumed);
  expect(resumed.readRecipe().values["branch"]).toEqual(from.branch);
  expect(resumed.metrics().every(({ step }) => step >= 28)).toBe(true);
});

test("a branch off a step without checkpoint, or at the run's end, is refused with the steps there are", async () => {
  const off = (steps: number, step: number) =>
    train(`wrong-${steps}-${step}`, { steps, branch: { run: join(out, "trunk"), step } });
  await expect(off(32, 13)).rejects.toThrow(/branch\.step 13: .*trunk has checkpoints of 28, .*14/);
  await expect(off(28, 28)).rejects.toThrow("branch.step 28: the run has 28 steps in all");
});
