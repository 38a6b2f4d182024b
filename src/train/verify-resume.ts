import { createHash } from "node:crypto";
import type { HostTensor } from "../graph/dtype.ts";
import { bytesOf } from "../graph/onnx/tensor-bytes.ts";
import type { DeviceOptions } from "../runtime/device.ts";
import type { ProgressSink } from "./progress.ts";
import { RunDirectory } from "./run-directory.ts";
import { runTraining } from "./run-training.ts";
import type { BaseRecipe, Method } from "./task.ts";
import { readTrainingCheckpoint } from "./training-checkpoint.ts";

export interface VerifyResumeOptions<R extends BaseRecipe> extends DeviceOptions {
  readonly method: Method<R>;
  readonly recipe: R;
  /** Updates of both runs. */
  readonly steps: number;
  /** How often the second run is stopped and resumed. */
  readonly stops: number;
  /** Where the two runs are made. */
  readonly out: string;
  readonly progress?: ProgressSink;
}

export interface VerifyResumeResult {
  readonly identical: boolean;
  readonly tensors: number;
  /** Names that differ. */
  readonly different: readonly string[];
}

/** Trains once without a pause and once with `stops` interruptions, and compares every bit of the last checkpoints. */
export async function verifyResume<R extends BaseRecipe>({
  method,
  recipe,
  steps,
  stops,
  out,
  progress,
  ...device
}: VerifyResumeOptions<R>): Promise<VerifyResumeResult> {
  const shared = { method, ...device, ...(progress === undefined ? {} : { progress }) };
  const whole = RunDirectory.create(out, "whole");
  await runTraining({ ...shared, recipe: { ...recipe, steps }, run: whole });
  const parts = RunDirectory.create(out, "parts");
  for (let i = 1; i <= stops + 1; i++) {
    const until = Math.round((steps * i) / (stops + 1));
    await runTraining({ ...shared, recipe: { ...recipe, steps }, run: parts, resume: i > 1, stopAfter: until });
  }
  const [a, b] = [whole, parts].map((run) => readTrainingCheckpoint(run.checkpoint("last").path));
  const hashes = (point: typeof a): Map<string, string> =>
    new Map([...(point?.tensors ?? []), ...(point?.memory ?? [])].map(([name, value]) => [name, hashOf(value)]));
  const [first, second] = [hashes(a), hashes(b)];
  const different = [...first].filter(([name, hash]) => second.get(name) !== hash).map(([name]) => name);
  return { identical: different.length === 0 && first.size === second.size, tensors: first.size, different };
}

const hashOf = (value: HostTensor): string => createHash("sha256").update(bytesOf(value)).digest("hex");
