import { basename, join } from "node:path";
import { readImageFile } from "../../data/image-file.ts";
import { commitFile } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import { imageGrid } from "../../report/image-grid.ts";
import { renderPage, type ReportSection } from "../../report/page.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { BaseRecipe, Method } from "../../train/task.ts";
import { curveSections, footerOf, summaryOf } from "../../train/write-report.ts";
import type { SampleImage } from "./sample-images.ts";

/** A run that the page shows, under its own words. */
export interface ReportedRun {
  /** `Pre-training`. */
  readonly title: string;
  readonly method: Method<BaseRecipe>;
  readonly run: RunDirectory;
}

/** What the exported model says about a sample image. */
export interface SamplePrediction extends SampleImage {
  readonly top: readonly { readonly label: string; readonly score: number }[];
}

export interface CombinedReport {
  readonly folder: string;
  readonly runs: readonly ReportedRun[];
  readonly predictions: readonly SamplePrediction[];
}

/** Writes FOLDER/report.html: the sections of every run, then predictions on single images. Returns its path. */
export async function writeCombinedReport({ folder, runs, predictions }: CombinedReport): Promise<string> {
  const sections: ReportSection[] = [];
  for (const { title, method, run } of runs) {
    const parts = [...curveSections(run), ...(await method.report(run))];
    sections.push(...parts.map((part) => ({ ...part, heading: `${title}: ${part.heading}` })));
  }
  sections.push(await predictionSection(predictions));
  const last = runs[runs.length - 1];
  const page = renderPage({
    title: basename(folder),
    subtitle: "from images to a working model: pre-training, fine-tuning, export, prediction",
    ...(last === undefined ? {} : { summary: summaryOf(last.run.readInfo()), footer: footerOf(last.run.readInfo()) }),
    sections,
  });
  const path = join(folder, "report.html");
  commitFile(fileCalls, path, [new TextEncoder().encode(page)], { overwrite: true });
  return path;
}

async function predictionSection(predictions: readonly SamplePrediction[]): Promise<ReportSection> {
  const images = await Promise.all(predictions.map(({ path }) => readImageFile(path, path)));
  return {
    heading: "Predictions of the exported model",
    text: "Held-out images, read from PNG files and classified by export/model.onnx.",
    figures: [
      { png: imageGrid({ rows: [{ images }], background: "none" }), alt: "the images of the table, in its order" },
    ],
    tables: [
      {
        columns: ["image", "is", "predicted", "score"],
        rows: predictions.map(({ path, label, top: [best] }) => [
          basename(path),
          label,
          best?.label ?? "",
          best?.score ?? 0,
        ]),
      },
    ],
  };
}
