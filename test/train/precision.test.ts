import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostTensor, type HostTensor } from "../../src/graph/dtype.ts";
import { Vit } from "../../src/models/vit.ts";
import { crossEntropy } from "../../src/nn/losses/cross-entropy.ts";
import { parameters, prepare } from "../../src/nn/module.ts";
import { adamw } from "../../src/optim/adam.ts";
import { parameterGroups } from "../../src/optim/parameter-groups.ts";
import { constantSchedule } from "../../src/optim/schedules.ts";
import { generator } from "../../src/random/generator.ts";
import { compile } from "../../src/runtime/compile.ts";
import { resolveDevice } from "../../src/runtime/device.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";
import { resolveRecipe } from "../../src/train/recipe.ts";
import { RunDirectory } from "../../src/train/run-directory.ts";
import { runTraining } from "../../src/train/run-training.ts";
import { buildStepProgram, type StepProgram } from "../../src/train/step-program.ts";
import { judgeStep } from "../../src/train/step-verdict.ts";
import type { Precision, Task } from "../../src/train/task.ts";
import { readTrainingCheckpoint } from "../../src/train/training-checkpoint.ts";
import { verifyResume } from "../../src/train/verify-resume.ts";
import { evaluate, toFloat64 } from "../graph/reference/evaluate.ts";
import { toy, toyRecipe } from "./toy.ts";

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "fovea-precision-"));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const inHalf = (...overrides: string[]) => resolveRecipe(toyRecipe, ["precision=float16", ...overrides]);

/** A small ViT that classifies random images. */
function vitStep(precision: Precision, { depth = 2, recompute = false } = {}): StepProgram {
  const network = prepare(new Vit({ width: 16, depth, heads: 2, imageSize: 8, patchSize: 4, classes: 5 }));
  const task: Pick<
    Task,
    "networks" | "groups" | "optimiser" | "schedule" | "clipNorm" | "inputs" | "step" | "accumulate"
  > = {
    networks: { "": network },
    groups: parameterGroups(parameters(network), { weightDecay: 0.05 }),
    optimiser: adamw(),
    schedule: constantSchedule({ peak: 3e-3 }),
    clipNorm: 1,
    accumulate: 2,
    inputs: {
      images: { shape: [8, 3, 8, 8], dtype: "float32" },
      labels: { shape: [8], dtype: "int64" },
    },
    step: ({ images, labels }) => ({ loss: crossEntropy(network.forward(images!), labels!) }),
  };
  return buildStepProgram(task as Task, { seed: 0, recompute, precision });
}

const batch: Record<string, HostTensor> = {
  images: hostTensor("float32", [8, 3, 8, 8], generator(0, "images", 0).fillNormal(new Float32Array(8 * 192))),
  labels: hostTensor("int64", [8], BigInt64Array.from([0n, 1n, 2n, 3n, 4n, 0n, 1n, 2n])),
};

async function losses(built: StepProgram, steps: number): Promise<number[]> {
  const state = new ResidentState(resolveDevice({ device: "cpu", threads: 1 }), built.initial);
  await using step = await compile(built.program, { state });
  const found: number[] = [];
  for (let i = 0; i < steps; i++)
    found.push(Number((await step.run({ ...batch, ...built.feeds(i) })).get("loss")?.data[0]));
  return found;
}

test("a ViT trained in float16 follows float32's losses", async () => {
  const [full, half] = [await losses(vitStep("float32"), 10), await losses(vitStep("float16"), 10)];
  expect(full.at(-1)!).toBeLessThan(full[0]! / 1.3);
  half.forEach((loss, i) => expect(Math.abs(loss / full[i]! - 1)).toBeLessThan(1e-2));
  expect(await losses(vitStep("float16", { recompute: true }), 4)).toEqual(half.slice(0, 4)); // blocks computed again
});

test("a step whose values are rounded to float16 has float32's gradient norm, and float16 overflow skips it", () => {
  const run = (built: StepProgram, scale?: number) => {
    const feeds = Object.entries({ ...Object.fromEntries(built.initial), ...batch, ...built.feeds(0) });
    const values = Object.fromEntries(feeds.map(([name, value]) => [name, toFloat64(value)]));
    if (scale !== undefined) values["lossScale/scale"] = { shape: [], data: Float64Array.of(scale) };
    const outputs = evaluate(built.program, values);
    return (name: string): number => Number(outputs.get(name)?.data[0]);
  };
  const [full, half, overflown] = [
    run(vitStep("float32", { depth: 1 })),
    run(vitStep("float16", { depth: 1 })),
    run(vitStep("float16", { depth: 1 }), 2 ** 30), // 2³⁰ times a gradient is more than float16's 65,504
  ];
  expect(half("gradient norm") / full("gradient norm")).toBeCloseTo(1, 2);
  expect([half("loss scale"), half("skipped steps in a row")]).toEqual([2 ** 16, 0]);
  expect(Number.isFinite(overflown("gradient norm"))).toBe(false);
  expect([overflown("loss scale"), overflown("skipped steps in a row")]).toEqual([2 ** 29, 1]);
});

test("a step that is not finite halves the scale, changes nothing else, and training goes on", async () => {
  const recipe = inHalf("poisonStep=6", "ema=0.9", "logEvery=1", "checkpoints.everySteps=1", "checkpoints.keep=50");
  const run = RunDirectory.create(out, "poisoned");
  const result = await runTraining({ method: toy, recipe, run, threads: 1 });
  expect(result.status).toBe("done");
  const [before, after] = [6, 7].map((step) => readTrainingCheckpoint(run.checkpoint(step).path));
  const changed = [...before!.tensors].filter(([name, { data }]) => {
    const now = after!.tensors.get(name)!.data;
    return data.some((value, i) => value !== now[i]);
  });
  expect(changed.map(([name]) => name).sort()).toEqual([
    "lossScale/goodSteps",
    "lossScale/scale",
    "lossScale/skippedInARow",
  ]);
  expect(after!.tensors.get("lossScale/scale")!.data[0]).toBe(2 ** 15);
  expect(after!.memory).toEqual(before!.memory); // a skipped step is not told to the task
  const scales = run
    .metrics()
    .flatMap((line) => (line["train/lossScale"] === undefined ? [] : [line["train/lossScale"]]));
  expect(scales).toEqual([...new Array<number>(6).fill(2 ** 16), ...new Array<number>(14).fill(2 ** 15)]);
  expect(readFileSync(run.join("train.log"), "utf8")).toContain(
    "step 6: not finite in float16, so nothing was updated; the loss scale is 32768 now",
  );
});

test("a float16 run resumed three times has the bits of an uninterrupted one, a skipped step included", async () => {
  const recipe = inHalf("poisonStep=9", "ema=0.9", "accumulate=2", "checkpoints.everySteps=3");
  const result = await verifyResume({ method: toy, recipe, steps: 20, stops: 3, out, threads: 1 });
  expect(result).toEqual({ identical: true, tensors: 20, different: [] });
});

test("several float16 steps in one run, a skipped one among them, give the bits of single steps", async () => {
  const last = async (name: string, perRun: number) => {
    const run = RunDirectory.create(out, name);
    const recipe = inHalf("memory=false", "steps=12", "poisonStep=6", `stepsPerRun=${perRun}`);
    await runTraining({ method: toy, recipe, run, threads: 1 });
    return readTrainingCheckpoint(run.checkpoint("last").path).tensors;
  };
  expect(await last("several", 4)).toEqual(await last("single", 1));
});

test("after twenty skipped steps in a row, or at a scale below 1, a float16 run stops and names the remedy", async () => {
  const recipe = inHalf("poisonStep=2", "poisonedSteps=30", "steps=40");
  const run = RunDirectory.create(out, "endless");
  const error = await runTraining({ method: toy, recipe, run, threads: 1 }).catch((error: unknown) => error);
  expect(error).toMatchObject({
    code: "train/non-finite",
    message: expect.stringContaining("step 18") as unknown,
    hint: expect.stringContaining("train with precision=float32") as unknown,
  });
  const outputs = (loss: number, scale?: number, skipped?: number) =>
    new Map(
      Object.entries({ loss, "gradient norm": loss, "loss scale": scale, "skipped steps in a row": skipped })
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [name, hostTensor("float32", [], Float32Array.of(value ?? 0))]),
    );
  expect(judgeStep(outputs(0.5))).toBe("taken");
  expect(judgeStep(outputs(NaN))).toBe("refused");
  expect(judgeStep(outputs(NaN, 4, 19))).toBe("skipped");
  expect(judgeStep(outputs(NaN, 4, 20))).toBe("refused");
  expect(judgeStep(outputs(NaN, 0.5, 3))).toBe("refused");
});
