import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { showError } from "../errors/show-error.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { parseJson } from "../files/json.ts";
import { findMethod } from "../systems/catalogue.ts";
import { recipeOf } from "../train/plan.ts";
import { checkRecipe } from "../train/recipe.ts";
import { RunDirectory } from "../train/run-directory.ts";
import { runTraining } from "../train/run-training.ts";
import { writeReport } from "../train/write-report.ts";
import { Attempt, readResult } from "./attempt.ts";
import { exitCodes, type JobMessage } from "./child-protocol.ts";
import { parseJob, type Job } from "./job.ts";

/** How often an attempt asks whether a later one has begun. */
const watchMs = 2000;

/**
 * The child of a worker: trains the job whose job.json lies in the directory it is given, from the start or from its last
 * checkpoint, and commits the result once. Ends, having saved, on SIGTERM, SIGINT, when its worker is gone, and when a
 * later attempt has begun.
 */
export async function runJob(directory: string, send: (message: JobMessage) => void): Promise<number> {
  if (readResult(directory) !== undefined) return exitCodes.done;
  const file = join(directory, "job.json");
  const job = parseJob(parseJson(readFileBytes(file, 2 ** 20), { name: file }), file);
  const attempt = Attempt.begin(directory);
  const controller = new AbortController();
  const stop = (): void => controller.abort("SIGTERM");
  const ends = ["SIGTERM", "SIGINT", "disconnect"] as const;
  for (const name of ends) process.on(name, stop);
  const watch = setInterval(() => attempt.superseded() !== undefined && stop(), watchMs);
  try {
    return await trainJob(job, attempt, { signal: controller.signal, send });
  } finally {
    clearInterval(watch);
    for (const name of ends) process.off(name, stop);
  }
}

async function trainJob(
  job: Job,
  attempt: Attempt,
  { signal, send }: { readonly signal: AbortSignal; readonly send: (message: JobMessage) => void },
): Promise<number> {
  const { directory } = attempt;
  const method = findMethod(job.run.method);
  const resume = existsSync(join(directory, "run.json"));
  const run = resume ? RunDirectory.open(directory) : RunDirectory.create(dirname(directory), job.run.id);
  const values = recipeOf(job.run, (id) => join(dirname(directory), id));
  const result = await runTraining({
    method,
    recipe: checkRecipe(method, values),
    recipeName: job.run.recipeName ?? method.name,
    run,
    threads: job.run.threads,
    device: "cpu",
    signal,
    resume,
    progress: { write: () => {}, isTerminal: false, onEvent: (event) => send({ kind: "progress", event }) },
  });
  if (result.status === "interrupted") return exitCodes.stopped;
  await writeReport(method, run);
  const metrics = Object.fromEntries(Object.entries(result.metrics).filter(([, value]) => Number.isFinite(value)));
  attempt.commit({ job: job.id, step: result.step, metrics, seconds: result.seconds });
  return exitCodes.done;
}

/** The exit code of a job that ended with `error`, which goes to standard error. */
export function exitCodeOf(error: unknown): number {
  process.stderr.write(`${showError(error)}\n`);
  if (!(error instanceof FoveaError)) return exitCodes.failed;
  if (error.code.startsWith("lock/")) return exitCodes.busy;
  return error.exitCode === 2 || error.code.startsWith("data/") ? exitCodes.refused : exitCodes.failed;
}
