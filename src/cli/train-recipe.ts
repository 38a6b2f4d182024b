import { existsSync } from "node:fs";
import { relative } from "node:path";
import { removeDurably } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { duration } from "../train/progress.ts";
import type { RunDirectory } from "../train/run-directory.ts";
import { runTraining, type RunResult, type TrainingOptions } from "../train/run-training.ts";
import type { BaseRecipe } from "../train/task.ts";
import { writeReport } from "../train/write-report.ts";
import { deviceFlags } from "./device-flags.ts";
import type { FlagValues } from "./flags.ts";
import { interruptible } from "./interruption.ts";
import { metricText } from "./metric-text.ts";
import { progressSink } from "./progress-sink.ts";
import type { Terminal } from "./terminal.ts";

export interface TrainedRun {
  readonly result: RunResult;
  /** Path of report.html; undefined when interrupted. */
  readonly report: string | undefined;
  /** 130 or 143 when interrupted, else 0. */
  readonly exitCode: number;
}

export type WhatToTrain<R extends BaseRecipe = BaseRecipe> = Pick<
  TrainingOptions<R>,
  "method" | "recipe" | "recipeName" | "run" | "resume"
>;

/** Trains, shows progress, saves on Ctrl-C, writes the report, and says what comes next. */
export async function trainRecipe<R extends BaseRecipe>(
  what: WhatToTrain<R>,
  flags: FlagValues,
  terminal: Terminal,
): Promise<TrainedRun> {
  const { run, method } = what;
  const options = { ...what, ...deviceFlags(flags), progress: progressSink(terminal) };
  const { value: result, exitCode } = await interruptible(terminal, async (signal) => {
    try {
      return await runTraining({ ...options, signal });
    } catch (error) {
      // refused before it was a run (bad data): the name stays free
      if (what.resume !== true && !existsSync(run.join("run.json"))) removeDurably(fileCalls, run.path);
      throw error;
    }
  });
  if (result.status === "interrupted") {
    terminal.note(`saved step ${result.step}; go on with:\n  ${resumeCommand(run, flags.out)}`);
    return { result, report: undefined, exitCode: exitCode ?? 130 };
  }
  const report = await writeReport(method, run);
  const summary = `${run.name}: done, ${result.step} steps in ${duration(result.seconds)}`;
  terminal.note([summary, ...Object.entries(result.metrics).map(metricText)].join("  "));
  return { result, report, exitCode: 0 };
}

/** `fovea train --resume cifar`, with `--out` where it is not the default. */
export function resumeCommand(run: RunDirectory, out: string): string {
  const name = relative(out, run.path);
  const below = !name.startsWith("..");
  return `fovea train --resume ${below ? name : run.path}${below && out !== "runs" ? ` --out ${out}` : ""}`;
}
