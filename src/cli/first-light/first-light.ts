import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { tiny as fineTuning } from "../../downstream/classify/recipes.ts";
import { Predictor } from "../../downstream/classify/predict.ts";
import { datasetSpec } from "../../downstream/data-recipe.ts";
import { tiny as preTraining } from "../../systems/data-scaling/recipes.ts";
import { evaluateRun } from "../../train/evaluate-run.ts";
import { exportRun } from "../../train/export-run.ts";
import { resolveRecipe, type Recipe } from "../../train/recipe.ts";
import { RunDirectory } from "../../train/run-directory.ts";
import type { BaseRecipe } from "../../train/task.ts";
import type { Call } from "../command.ts";
import { deviceFlags } from "../device-flags.ts";
import { metricText } from "../metric-text.ts";
import { trainRecipe } from "../train-recipe.ts";
import { writeCombinedReport, type SamplePrediction } from "./combined-report.ts";
import { writeSampleImages } from "./sample-images.ts";

const sampleCount = 6;

/** What `fovea start` ended with. */
export interface FirstLight {
  readonly exitCode: number;
  /** Undefined when it was interrupted. */
  readonly outcome?: {
    readonly folder: string;
    readonly metrics: Readonly<Record<string, number>>;
    readonly model: string;
    readonly maxDifference: number;
    readonly predictions: readonly SamplePrediction[];
    readonly report: string;
  };
}

/**
 * The whole job in `folder`: pre-train, fine-tune from it, evaluate, export, predict on single images, one report. A part
 * that is done is not done again, so that an interrupted job goes on where it stopped.
 */
export async function firstLight(folder: string, { values, flags, terminal }: Call): Promise<FirstLight> {
  const context = { flags, terminal, values, things: [] };
  const [pretrain, finetune] = [join(folder, "pretrain"), join(folder, "finetune")];
  // both recipes are checked before the first one runs
  const first = resolveRecipe(preTraining, values);
  const second = resolveRecipe(fineTuning, [`init.from=${JSON.stringify(pretrain)}`, ...values]);

  terminal.note("1/5  masked pre-training (data-scaling/tiny)");
  let exitCode = await trainPart(
    folder,
    "pretrain",
    { recipe: preTraining, resolved: first, name: "data-scaling/tiny" },
    context,
  );
  if (exitCode !== 0) return { exitCode };
  terminal.note("2/5  fine-tuning (classify/tiny), from the weights of 1");
  exitCode = await trainPart(
    folder,
    "finetune",
    { recipe: fineTuning, resolved: second, name: "classify/tiny" },
    context,
  );
  if (exitCode !== 0) return { exitCode };

  const run = RunDirectory.open(finetune);
  const { method } = fineTuning;
  terminal.note("3/5  evaluation on held-out images");
  const { metrics } = await evaluateRun({ method, run, log: (line) => terminal.detail(line), ...deviceFlags(flags) });
  terminal.note(`     ${Object.entries(metrics).map(metricText).join("  ")}`);
  terminal.note("4/5  export to ONNX, verified");
  const { path: model, maxDifference } = await exportRun({ method, run });
  terminal.note("5/5  predictions on single images, report");
  const samples = await writeSampleImages(datasetSpec(second.data), join(folder, "images"), sampleCount);
  await using predictor = await Predictor.load(model, deviceFlags(flags));
  const predictions: SamplePrediction[] = [];
  for (const sample of samples) {
    const predicted = await predictor.predictFile(sample.path, 3);
    if ("top" in predicted) predictions.push({ ...sample, top: predicted.top });
  }
  const report = await writeCombinedReport({
    folder,
    runs: [
      { title: "Pre-training", method: preTraining.method, run: RunDirectory.open(pretrain) },
      { title: "Fine-tuning", method, run },
    ],
    predictions,
  });
  return { exitCode: 0, outcome: { folder, metrics, model, maxDifference, predictions, report } };
}

interface Part<R extends BaseRecipe> {
  readonly recipe: Recipe<R>;
  readonly resolved: R;
  /** In the catalogue. */
  readonly name: string;
}

/** Trains one part, or goes on with it, or finds it done. */
async function trainPart<R extends BaseRecipe>(
  folder: string,
  id: string,
  { recipe: { method }, resolved, name }: Part<R>,
  { flags, terminal }: Call,
): Promise<number> {
  const begun = existsSync(join(folder, id, "run.json"));
  const run = begun ? RunDirectory.open(join(folder, id)) : RunDirectory.create(folder, id);
  if (begun && run.readInfo().status === "done") {
    terminal.note(`     done before: ${relative("", run.path)}`);
    return 0;
  }
  const what = { method, recipe: resolved, recipeName: name, run, resume: begun };
  return (await trainRecipe(what, flags, terminal)).exitCode;
}
