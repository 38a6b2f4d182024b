import { FoveaError } from "../errors/fovea-error.ts";
import { AppendFile } from "../files/append-file.node.ts";
import { removeDurably, sweepTemporary } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { acquireRunLock } from "../files/run-lock.node.ts";
import { resolveDevice, type Device, type DeviceName } from "../runtime/device.ts";
import { Progress, type ProgressSink } from "./progress.ts";
import { withoutInit } from "./initial-weights.ts";
import { differences, type Values } from "./recipe-values.ts";
import type { RunDirectory } from "./run-directory.ts";
import { branchPoint } from "./branch.ts";
import { RunRecord } from "./run-record.ts";
import type { BaseRecipe, Method, Task } from "./task.ts";
import { readTrainingCheckpoint, type ResumePoint } from "./training-checkpoint.ts";
import { TrainingLoop } from "./training-loop.ts";

export interface TrainingOptions<R extends BaseRecipe> {
  readonly method: Method<R>;
  /** Resolved (see `resolveRecipe`). */
  readonly recipe: R;
  /** Name under which the recipe is listed, for run.json. */
  readonly recipeName?: string;
  readonly run: RunDirectory;
  readonly device?: DeviceName | "auto";
  readonly threads?: number;
  readonly progress?: ProgressSink;
  /** Aborting it (reason "SIGINT" or "SIGTERM") finishes the step, saves and returns `interrupted`. */
  readonly signal?: AbortSignal;
  readonly resume?: boolean;
  /** With `resume`: go on from this checkpoint instead of the newest; later ones are removed. */
  readonly fromStep?: number;
  /** Stops, as an interrupt would, after this many updates in all. */
  readonly stopAfter?: number;
}

export interface RunResult {
  readonly status: "done" | "interrupted";
  readonly step: number;
  /** Latest value of every metric of the evaluations. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly seconds: number;
}

const silent: ProgressSink = { write: () => {}, isTerminal: false };

/**
 * Trains `recipe` in `run`, from the start or, with `resume`, from its newest checkpoint: to the same bits either way
 * (on the CPU, for equal versions, threads and instruction set).
 *
 * @throws FoveaError when the run is locked, its checkpoint damaged or of another recipe, or a step is not finite
 */
export async function runTraining<R extends BaseRecipe>(options: TrainingOptions<R>): Promise<RunResult> {
  const { run, method, recipe } = options;
  let log: AppendFile | undefined; // open only while the run is ours
  const progress = new Progress(options.progress ?? silent, (line) => log?.appendLine(line));
  const device = resolveDevice({
    ...(options.device === undefined ? {} : { device: options.device }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  const lock = await acquireRunLock(run.path, {
    onWait: (owner) => progress.message(`waiting: the run's lock is held by ${owner}`),
  });
  try {
    log = new AppendFile(run.join("train.log"));
    for (const path of [run.path, run.directory("checkpoints")]) sweepTemporary(fileCalls, path);
    const start =
      (options.resume ? resumePoint(options) : undefined) ??
      branchPoint(recipe, method.name, (line) => progress.message(line));
    const task = await method.task(start === undefined ? recipe : withoutInit(recipe), {
      seed: recipe.seed,
      log: (line) => progress.message(line),
    });
    checkLength(task, start);
    const record = new RunRecord(options, device, task, start);
    try {
      return await trainTask(options, { task, device, progress, record, start, ownsRun: () => lock.check() });
    } catch (error) {
      record.end("failed", error instanceof Error ? error.message : String(error));
      throw error;
    } finally {
      await task.source.close();
    }
  } finally {
    progress.close();
    log?.close();
    lock.release();
  }
}

function checkLength({ steps }: Task, start: ResumePoint | undefined): void {
  if (start === undefined || !start.branched || start.fields.step < steps) return;
  throw new FoveaError("branch/step", `branch.step ${start.fields.step}: the run has ${steps} steps in all`, {
    hint: "steps counts the trunk's too: make it larger",
    exitCode: 2,
  });
}

interface Parts {
  readonly task: Task;
  readonly device: Device;
  readonly progress: Progress;
  readonly record: RunRecord;
  readonly start: ResumePoint | undefined;
  ownsRun(): boolean;
}

async function trainTask<R extends BaseRecipe>(
  options: TrainingOptions<R>,
  { task, device, progress, record, start, ownsRun }: Parts,
): Promise<RunResult> {
  const { run, recipe } = options;
  if (recipe.precision === "float16" && device.name === "cpu")
    progress.message(
      "precision float16 on the CPU: ONNX Runtime has no float16 products here and casts around each one, so it is slower than float32",
    );
  const loop = await TrainingLoop.create({
    run,
    task,
    device,
    progress,
    recipe,
    recipeHash: record.hash,
    start,
    ownsRun,
  });
  try {
    record.begin(loop.parameterCount);
    if (start === undefined && task.firstBatch !== undefined) await loop.saveFirstBatch();
    const finished = await loop.run(options.signal ?? new AbortController().signal, options.stopAfter);
    const reason = options.signal?.reason as unknown;
    record.end(finished ? "done" : "interrupted", finished ? undefined : String(reason ?? "stopped"), loop);
    return { status: finished ? "done" : "interrupted", step: loop.step, metrics: loop.metrics, seconds: loop.seconds };
  } finally {
    await loop.dispose();
  }
}

/** The checkpoint to go on from; undefined when the run was stopped before its first one. */
function resumePoint<R extends BaseRecipe>({
  run,
  recipe,
  method,
  fromStep,
}: TrainingOptions<R>): ResumePoint | undefined {
  const before = run.readRecipe();
  const changed = differences(withoutLength(before.values), withoutLength(recipe as unknown as Values));
  if (before.method !== method.name || changed.length > 0) {
    throw new FoveaError(
      "resume/recipe",
      `run ${run.name} was trained with another recipe: ${[...(before.method === method.name ? [] : [`method ${before.method} → ${method.name}`]), ...changed].join("; ")}`,
      {
        hint: "only steps, epochs and logging may change; start a new run with init.from to change more",
        exitCode: 2,
      },
    );
  }
  const checkpoints = run.checkpoints();
  if (checkpoints.length === 0) return undefined;
  const chosen = fromStep === undefined ? run.checkpoint("last") : run.checkpoint(fromStep);
  const loaded = readTrainingCheckpoint(chosen.path);
  for (const later of checkpoints) if (later.step > chosen.step) removeDurably(fileCalls, later.path);
  return loaded;
}

/** What a resumed run may change: its length and its logging. */
function withoutLength(values: Values): Values {
  const {
    steps: _steps,
    epochs: _epochs,
    logEvery: _logEvery,
    loggers: _loggers,
    checkpoints: _checkpoints,
    ...rest
  } = values;
  return rest;
}
