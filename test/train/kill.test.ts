import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bytesOf } from "../../src/graph/onnx/tensor-bytes.ts";
import { listCheckpoints } from "../../src/files/checkpoints.node.ts";
import { generator, type Generator } from "../../src/random/generator.ts";
import { RunDirectory } from "../../src/train/run-directory.ts";
import { readTrainingCheckpoint } from "../../src/train/training-checkpoint.ts";
import { fovea, startFovea, type Running } from "../cli/fovea-process.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-kill-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const kills = 20;
const recipe = [
  "data-scaling/tiny",
  "steps=180",
  "batchSize=16",
  "data.count=128",
  "data.valCount=32",
  "data.workers=1",
  "model.backbone=vit-nano",
  "model.dropPath=0.1",
];
const small = [
  "validation.images=16",
  "validation.trainImages=16",
  "validation.batchSize=16",
  "validation.pictures=2",
  "validation.every=90",
  "checkpoints.everySteps=3",
];
const flags = ["--threads", "1", "--out", out, "--quiet"];

const lastStep = (): number => listCheckpoints(join(out, "killed/checkpoints"))[0]?.step ?? 0;

/** Some time while the process starts, or some milliseconds after its first, second or third new checkpoint. */
async function randomMoment(moments: Generator, running: Running): Promise<void> {
  if (moments.integer(4) === 0) return pause(2000 * moments.uniform());
  const until = lastStep() + 3 * (1 + moments.integer(3));
  while (lastStep() < until && running.child.exitCode === null) await pause(5);
  await pause(60 * moments.uniform());
}

test(
  `a run killed ${kills} times at random moments ends with the bits of an undisturbed one`,
  { timeout: 600_000 },
  async () => {
    const whole = await fovea(["train", ...recipe, ...small, "--name", "whole", ...flags], out);
    expect(whole.code, whole.stderr).toBe(0);
    const moments = generator(0, "kill moments");
    const steps: number[] = [];
    for (let i = 0; i < kills; i++) {
      const start = steps.length === 0 ? [...recipe, ...small, "--name", "killed"] : ["--resume", "killed"];
      const running = startFovea(["train", ...start, ...flags], out);
      await randomMoment(moments, running);
      running.child.kill("SIGKILL");
      await running.ended;
      if (existsSync(join(out, "killed/run.json"))) steps.push(lastStep()); // else it is started anew
    }
    const end = await fovea(["train", "--resume", "killed", ...flags], out);
    expect(end.code, end.stderr).toBe(0);
    expect(steps.every((step, i) => i === 0 || step >= (steps[i - 1] ?? 0))).toBe(true); // nothing earned is lost
    const [a, b] = ["whole", "killed"].map((name) =>
      readTrainingCheckpoint(RunDirectory.open(name, out).checkpoint("last").path),
    );
    expect(b?.fields.step).toBe(180);
    expect([...(b?.tensors.keys() ?? [])].sort()).toEqual([...(a?.tensors.keys() ?? [])].sort());
    for (const [name, value] of a?.tensors ?? [])
      expect(Buffer.compare(bytesOf(value), bytesOf(b?.tensors.get(name) ?? value)), name).toBe(0);
    const logged = RunDirectory.open("killed", out)
      .metrics()
      .filter((line) => line["train/loss"] !== undefined)
      .map(({ step }) => step);
    expect(logged).toEqual([...new Set(logged)]); // no point of metrics.jsonl stands twice
  },
);
