import { predict as predictFiles, type ImagePrediction } from "./downstream/classify/predict.ts";
import type { DeviceName } from "./runtime/device.ts";
import { modelOf } from "./model-of.ts";
import { findMethod, findRecipe } from "./systems/catalogue.ts";
import { evaluateRun } from "./train/evaluate-run.ts";
import type { ProgressSink } from "./train/progress.ts";
import { mergeRecipe, resolveRecipe, type Recipe } from "./train/recipe.ts";
import type { Values } from "./train/recipe-values.ts";
import { RunDirectory } from "./train/run-directory.ts";
import { runTraining } from "./train/run-training.ts";
import type { BaseRecipe } from "./train/task.ts";
import { writeReport } from "./train/write-report.ts";

/** Where a program runs. */
interface Machine {
  readonly device?: DeviceName | "auto";
  /** Default: all cores. */
  readonly threads?: number;
}

export interface TrainOptions extends Machine {
  /** Laid over the recipe: `{ data: { root: "./photos" }, steps: 500 }`. */
  readonly values?: Values;
  /** Folder in which runs lie. Default `runs`. */
  readonly out?: string;
  /** Replaces a run of this name. */
  readonly overwrite?: boolean;
  /** Goes on with the run of this name, where it is there. */
  readonly resume?: boolean;
  /** Where progress goes. Default: standard error; `undefined` stays silent. */
  readonly progress?: ProgressSink | undefined;
  /** Aborting it finishes the step, saves and returns `interrupted`. */
  readonly signal?: AbortSignal;
}

export interface TrainedRun {
  /** The run directory; `evaluate`, `predict` and `init.from` take it. */
  readonly path: string;
  readonly status: "done" | "interrupted";
  readonly step: number;
  /** Latest value of every metric of the evaluations. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Path of report.html; undefined when interrupted. */
  readonly report: string | undefined;
}

/**
 * Trains `recipe` (a name of the catalogue, or what `defineRecipe` made) in the run directory `out`/`name`, and writes
 * its report.
 *
 * @throws FoveaError for an unknown recipe or value, a run that exists, data that cannot be used, a step that is not finite
 */
export async function train(
  recipe: string | Recipe,
  name: string,
  { values = {}, out = "runs", overwrite = false, resume = false, ...options }: TrainOptions = {},
): Promise<TrainedRun> {
  const named = typeof recipe === "string" ? findRecipe(recipe) : recipe;
  const { method } = named;
  const resolved: BaseRecipe = resolveRecipe(mergeRecipe(named, values));
  const run = resume ? RunDirectory.open(name, out) : RunDirectory.create(out, name, { overwrite });
  const { device, threads, signal } = options;
  const progress = "progress" in options ? options.progress : standardError;
  const result = await runTraining({
    method,
    recipe: resolved,
    run,
    resume,
    ...(typeof recipe === "string" ? { recipeName: recipe } : {}),
    ...(progress === undefined ? {} : { progress }),
    ...machine({ device, threads }),
    ...(signal === undefined ? {} : { signal }),
  });
  const report = result.status === "done" ? await writeReport(method, run) : undefined;
  return { path: run.path, status: result.status, step: result.step, metrics: result.metrics, report };
}

export interface EvaluateOptions extends Machine {
  /** Default `best`. */
  readonly checkpoint?: "best" | "last" | number;
}

/** Evaluates a run (its directory, or its name below `runs`) on its held-out data. */
export async function evaluate(
  run: string,
  { checkpoint = "best", device, threads }: EvaluateOptions = {},
): Promise<{ readonly step: number; readonly metrics: Readonly<Record<string, number>> }> {
  const directory = RunDirectory.open(run);
  const method = findMethod(directory.readRecipe().method);
  const { step, metrics } = await evaluateRun({ method, run: directory, checkpoint, ...machine({ device, threads }) });
  return { step, metrics };
}

export interface PredictOptions extends Machine {
  /** Classes of each image. Default 5, at most all. */
  readonly top?: number;
}

/**
 * Classes of image files, the likeliest first, by an exported ONNX file or a run (exported first where it is not yet). A
 * file that cannot be read is an entry with `error`.
 *
 * @throws FoveaError for a model that does not classify images
 */
export async function predict(
  model: string,
  images: readonly string[],
  { top = 5, device, threads }: PredictOptions = {},
): Promise<ImagePrediction[]> {
  return predictFiles(await modelOf(model, "runs"), images, { top, ...machine({ device, threads }) });
}

const standardError: ProgressSink = {
  write: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
  columns: process.stderr.columns ?? 80,
};

/** Only what is set: the rooms below have their own defaults. */
const machine = ({ device, threads }: { [K in keyof Machine]: Machine[K] | undefined }): Machine => ({
  ...(device === undefined ? {} : { device }),
  ...(threads === undefined ? {} : { threads }),
});
