import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { FoveaError } from "../errors/fovea-error.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { parseJson } from "../files/json.ts";
import { dataFingerprints } from "../jobs/data-fingerprint.ts";
import { estimatePlan, secondsWith, type PlanEstimate } from "../jobs/estimate.ts";
import { jobsOf } from "../jobs/job-id.ts";
import { PlanFolder } from "../jobs/plan-folder.ts";
import { parsePlan, type Plan } from "../train/plan.ts";
import { duration } from "../train/progress.ts";
import { recipeHash } from "../train/recipe.ts";
import type { Study } from "../train/study.ts";
import type { FlagValues } from "./flags.ts";
import { packageVersion } from "./package-version.ts";
import type { Terminal } from "./terminal.ts";

/** A study as it is about to run. */
export interface PreparedStudy {
  readonly name: string;
  readonly path: string;
  readonly plan: Plan;
  readonly estimate: PlanEstimate;
  readonly workers: number;
  readonly threads: number;
  readonly cost: StudyCost;
  /** Runs that are done already. */
  readonly done: number;
  /** Makes its folder, or opens it where it began before. */
  begin(settings: unknown): PlanFolder;
}

interface StudyCost {
  readonly updates: number;
  /** Without trunks that runs share. */
  readonly updatesAlone: number;
  readonly flops: number;
  /** With the workers that were asked for, from its very start. */
  readonly seconds: number;
}

export interface StudyPlace {
  readonly name: string;
  readonly path: string;
  readonly flags: FlagValues;
  readonly terminal: Terminal;
}

/** Plans a study, knows its jobs, and times what it will cost; where it began before, what was timed then. */
export async function prepareStudy(
  study: Study,
  settings: unknown,
  { name, path, flags, terminal }: StudyPlace,
): Promise<PreparedStudy> {
  const threads = flags.threads ?? 1;
  const workers = flags.workers ?? Math.max(1, Math.floor(availableParallelism() / threads));
  const planned = await study.plan?.(settings, name);
  if (planned === undefined) throw new Error("a study without a plan has nothing to prepare");
  const { files = new Map<string, string>(), updatesAlone } = planned;
  const plan = parsePlan({ ...planned.plan, runs: planned.plan.runs.map((run) => ({ ...run, threads })) });
  const jobs = await jobsOf(plan, { version: packageVersion(), fingerprint: dataFingerprints() });
  const key = recipeHash("plan", jobs.map(({ id }) => id)); // prettier-ignore
  const known = existsSync(join(path, "plan.json")) ? knownEstimate(path, key) : undefined;
  const estimate = known ?? (await estimatePlan(plan, (line) => terminal.note(line)));
  const { updates, flops } = estimate;
  const cost = {
    updates,
    updatesAlone: updatesAlone ?? updates,
    flops,
    seconds: secondsWith(estimate, { workers, threads }),
  };
  return {
    ...{ name, path, plan, estimate, workers, threads, cost },
    done: existsSync(join(path, "plan.json")) ? doneRuns(PlanFolder.open(path)) : 0,
    begin(settings) {
      const folder = PlanFolder.create(path, plan, jobs);
      folder.write("study.json", `${JSON.stringify({ study: name, settings }, null, 2)}\n`);
      folder.write("estimate.json", `${JSON.stringify({ key, estimate })}\n`);
      for (const [file, text] of files) folder.write(file, text);
      return folder;
    },
  };
}

const doneRuns = (folder: PlanFolder): number => folder.plan.runs.filter(({ id }) => folder.isDone(id)).length;

function knownEstimate(path: string, key: string): PlanEstimate | undefined {
  const file = join(path, "estimate.json");
  if (!existsSync(file)) return undefined;
  const before = parseJson(readFileBytes(file, 2 ** 24), { name: file }) as { key: string; estimate: PlanEstimate }; // our own file
  return before.key === key ? before.estimate : undefined;
}

/** The plan and its cost, for people. */
export function estimateText({ name, path, plan, estimate, workers, threads, cost, done }: PreparedStudy): string[] {
  const count = (n: number): string => n.toLocaleString("en-US");
  const saved = cost.updatesAlone - cost.updates;
  const share = saved > 0 ? `; alone they would make ${count(cost.updatesAlone)}, ${Math.round((100 * saved) / cost.updatesAlone)}% more are saved by shared trunks` : ""; // prettier-ignore
  return [
    `study   ${name} in ${path}: ${plan.runs.length} runs${done > 0 ? `, ${done} of them done` : ""}`,
    `length  ${count(cost.updates)} updates${share}`,
    `work    ${(cost.flops / 1e12).toFixed(2)} TFLOP`,
    `time    about ${duration(cost.seconds)} with ${workers} worker${workers === 1 ? "" : "s"} of ${threads} thread${threads === 1 ? "" : "s"}, ${duration(estimate.criticalSeconds)} at least, from timed steps on this machine`,
  ];
}

/** Above this many seconds a study does not start unasked. */
const askAbove = 60;

/** Whether to start. @throws FoveaError (exit code 2) where nobody can be asked and `--yes` was not given */
export async function confirmCost(
  { cost, name }: Pick<PreparedStudy, "cost" | "name">,
  flags: FlagValues,
  terminal: Terminal,
): Promise<boolean> {
  if (flags.yes || cost.seconds <= askAbove) return true;
  if (terminal.columns === undefined || process.stdin.isTTY !== true) {
    throw new FoveaError("sweep/unconfirmed", `${name} would take about ${duration(cost.seconds)}`, {
      hint: "start it with --yes, or make it smaller; --dry-run shows its plan",
      exitCode: 2,
    });
  }
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await questions.question("start it? [y/N] ")).trim());
  } finally {
    questions.close();
  }
}
