import { existsSync } from "node:fs";
import { parseJson } from "../../files/json.ts";
import { readFileBytes } from "../../files/byte-source.node.ts";
import { defaultLimits } from "../../files/limits.ts";
import { barPlot } from "../../report/bar-plot.ts";
import { confusionPlot } from "../../report/confusion-plot.ts";
import { linePlot } from "../../report/line-plot.ts";
import type { ReportSection } from "../../report/page.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import { pointsOf } from "../../train/write-report.ts";
import { latestPicture } from "../run-pictures.ts";
import type { ValidationData } from "./evaluate.ts";

/** Classes up to which every one has its bar and its row. */
const mostShownClasses = 60;

/** Sections of a classifier's report: accuracy, confusion, scores of each class, sample predictions. */
export async function report(run: RunDirectory): Promise<readonly ReportSection[]> {
  const evaluated = readValidation(run);
  return [...accuracySection(run), ...(evaluated === undefined ? [] : classes(run, evaluated)), ...predictions(run)];
}

interface Evaluated {
  readonly step: number;
  readonly data: ValidationData;
}

/** eval/validation.json as `recordEvaluations` wrote it. */
export function readValidation(run: RunDirectory): Evaluated | undefined {
  const path = run.join("eval", "validation.json");
  if (!existsSync(path)) return undefined;
  return parseJson(readFileBytes(path, defaultLimits.jsonBytes), { name: path }) as Evaluated; // our own file, shown as text only
}

/** Accuracy of a run against the step; nothing before the first evaluation. */
export function accuracySection(run: RunDirectory): ReportSection[] {
  const points = pointsOf(run.metrics(), "val/accuracy");
  if (points.length === 0) return [];
  const svg = linePlot({
    title: "Accuracy on held-out images",
    run: run.name,
    y: "share",
    series: [{ name: "val/accuracy", points }],
  });
  return [{ heading: "Accuracy", figures: [{ svg, alt: `Accuracy of ${run.name} against the step` }] }];
}

function classes(run: RunDirectory, { step, data }: Evaluated): ReportSection[] {
  const { classNames, confusion, perClass, images } = data;
  if (classNames.length > mostShownClasses) return [];
  const matrix = { classes: classNames.length, counts: Float64Array.from(confusion.flat()) };
  const bars = perClass.map(({ name, recall }) => ({ label: name, value: recall ?? NaN }));
  return [
    {
      heading: "Classes",
      text: `${images} held-out images, step ${step}.`,
      figures: [
        {
          svg: confusionPlot({ title: "Confusion matrix", run: run.name, step, matrix, classNames }),
          alt: `Confusion matrix of ${run.name}`,
        },
        {
          svg: barPlot({ title: "Accuracy of each class", run: run.name, step, x: "recall", bars }),
          alt: `Recall of each class of ${run.name}`,
        },
      ],
      tables: [
        {
          columns: ["class", "precision", "recall", "F1", "images"],
          rows: perClass.map(({ name, precision, recall, f1, support }) => [name, precision, recall, f1, support]),
        },
      ],
    },
  ];
}

function predictions(run: RunDirectory): ReportSection[] {
  const last = latestPicture(run, "predictions");
  if (last === undefined) return [];
  return [
    {
      heading: "Sample predictions",
      text: "A row for each class that the network names, with the first held-out images that it calls so. Green frame: right. Red frame: it is something else.",
      figures: [{ png: last.png, alt: `Sample predictions of ${run.name}`, caption: `Step ${last.step}` }],
    },
  ];
}
