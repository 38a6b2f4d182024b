import { existsSync } from "node:fs";
import { readValidation } from "../../downstream/classify/report.ts";
import { latestPicture } from "../../downstream/run-pictures.ts";
import { readFileBytes } from "../../files/byte-source.node.ts";
import { parseJson } from "../../files/json.ts";
import { defaultLimits } from "../../files/limits.ts";
import { linePlot } from "../../report/line-plot.ts";
import type { ReportFigure, ReportSection } from "../../report/page.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { CondensationData } from "./condensation-result.ts";
import type { StageRecord } from "./memory.ts";

/** Sections of a distillation's report: accuracy by visits, stages, values, classes, galleries, suspect labels. */
export async function report(run: RunDirectory): Promise<readonly ReportSection[]> {
  const data = readCondensation(run);
  return [
    ...accuracy(run),
    ...(data === undefined || data.stages.length === 0
      ? []
      : [stages(run, data), values(run, data), classes(run, data)]),
    ...galleries(run),
    ...(data === undefined ? [] : noise(run, data)),
  ];
}

/** eval/condensation.json as `recordEvaluations` wrote it. */
export function readCondensation(run: RunDirectory): CondensationData | undefined {
  const path = run.join("eval", "condensation.json");
  if (!existsSync(path)) return undefined;
  const { data } = parseJson(readFileBytes(path, defaultLimits.jsonBytes), { name: path }) as {
    data: CondensationData;
  };
  return data; // our own file, shown as text only
}

/** The horizontal axis is what the method saves: images seen. */
function accuracy(run: RunDirectory): ReportSection[] {
  const lines = run.metrics().filter((line) => line["val/accuracy"] !== undefined);
  const [last] = lines.slice(-1);
  if (last === undefined) return [];
  const series = ["val/accuracy", "val/teacherAgreement"].map((name) => ({
    name,
    points: lines.map((line) => [line.images, line[name] ?? NaN] as const),
  }));
  const svg = linePlot({
    title: "Accuracy against sample visits",
    run: run.name,
    x: "images seen",
    y: "share",
    series,
  });
  const ofTeacher = last["val/teacherAccuracy"];
  const text = `The teacher is right on ${percent(ofTeacher)} of ${readValidation(run)?.data.images ?? "the"} held-out images, the student on ${percent(last["val/accuracy"])} after ${last.images} visits.`;
  return [{ heading: "Accuracy", text, figures: [{ svg, alt: `Accuracy of ${run.name} against images seen` }] }];
}

function stages(run: RunDirectory, { stages: list, points }: CondensationData): ReportSection {
  const info = run.readInfo();
  const milliseconds = info.metrics["condensation/milliseconds"];
  const share = milliseconds === undefined ? NaN : milliseconds / 1000 / info.cost.seconds;
  return {
    heading: "Condensation",
    text: `${points} points; visits beside those of the whole set: ${percent(info.metrics["condensation/visitsRatio"])}. Recording values, ranking and mixing took ${(milliseconds ?? NaN).toFixed(0)} ms, ${percent(share)} of the time.`,
    tables: [
      {
        columns: ["epoch", "before", "after", "dropped", "came back", "mixed", "mean value kept", "of the others"],
        rows: list.map(({ epoch, before, after, dropped, reEntered, mixed, keptValue, droppedValue }) => [
          epoch,
          before,
          after,
          dropped,
          reEntered,
          mixed,
          keptValue,
          droppedValue,
        ]),
      },
    ],
  };
}

function values(run: RunDirectory, { stages: list }: CondensationData): ReportSection {
  const curve = (name: string, quantiles: readonly number[]) => ({
    name,
    points: quantiles.map((value, i) => [(100 * i) / (quantiles.length - 1), value] as const),
  });
  const figure = ({ epoch, keptQuantiles, droppedQuantiles }: StageRecord): ReportFigure => ({
    svg: linePlot({
      title: `Values after epoch ${epoch}`,
      run: run.name,
      x: "share of the points below, %",
      y: "value",
      series: [curve("kept", keptQuantiles), curve("the others", droppedQuantiles)].filter(
        ({ points }) => points.length > 0,
      ),
    }),
    alt: `Distribution of the values of kept and other points after epoch ${epoch}`,
  });
  return { heading: "Values by stage", figures: list.map(figure) };
}

function classes(run: RunDirectory, { stages: list, classNames }: CondensationData): ReportSection {
  const shown = classNames.slice(0, 20);
  const svg = linePlot({
    title: "Kept points of each class",
    run: run.name,
    x: "epoch",
    y: "points",
    series: shown.map((name, k) => ({
      name,
      points: list.map((stage) => [stage.epoch, stage.keptClasses[k]] as const),
    })),
  });
  const empty = classNames.filter((_, k) => list.at(-1)?.keptClasses[k] === 0);
  const warning = empty.length === 0 ? "" : ` Nothing is left of ${empty.slice(0, 20).join(", ")}.`;
  return {
    heading: "Classes",
    text: `Balance is not enforced: easy classes shrink first.${warning}`,
    figures: [{ svg, alt: "Kept points of each class by epoch" }],
    tables: [
      {
        columns: ["class", ...list.map(({ epoch }) => `after epoch ${epoch}`)],
        rows: classNames.slice(0, 200).map((name, k) => [name, ...list.map(({ keptClasses }) => keptClasses[k])]),
      },
    ],
  };
}

function galleries(run: RunDirectory): ReportSection[] {
  const picture = latestPicture(run, "valuable-points");
  if (picture === undefined) return [];
  return [
    {
      heading: "Points",
      figures: [
        {
          png: picture.png,
          alt: "Most and least valuable points, mixed images beside their sources, points that came back",
        },
      ],
    },
  ];
}

function noise(run: RunDirectory, { suspects, noise: scores }: CondensationData): ReportSection[] {
  if (suspects.length === 0) return [];
  const picture = latestPicture(run, "suspect-labels");
  const measured =
    scores.wrong === 0
      ? ""
      : ` Of ${scores.wrong} labels that were made wrong, the list of ${scores.listed} finds ${percent(scores.recall)}; ${percent(scores.precision)} of it are wrong.`;
  return [
    {
      heading: "Labels that may be wrong",
      text: `Valuable points whose label the teacher contradicts in most visits, least probable first; all ${suspects.length} stand in eval/suspect-labels.csv.${measured}`,
      figures: picture === undefined ? [] : [{ png: picture.png, alt: "Images whose labels may be wrong" }],
      tables: [
        {
          columns: ["index", "image", "label", "teacher says", "value", "probability of the label", "visits"],
          rows: suspects
            .slice(0, 50)
            .map(({ index, name, label, teacher, value, probability, visits }) => [
              index,
              name,
              label,
              teacher,
              value,
              probability,
              visits,
            ]),
        },
      ],
    },
  ];
}

const percent = (share: number | null | undefined): string =>
  share === null || share === undefined || Number.isNaN(share) ? "–" : `${(100 * share).toFixed(2)}%`;
