import type { ReportPage, ReportSection } from "../report/page.ts";
import { renderPage } from "../report/page.ts";
import { linePlot } from "../report/line-plot.ts";
import { duration } from "./progress.ts";
import type { RunDirectory, RunInfo } from "./run-directory.ts";
import type { BaseRecipe, Method, MetricsLine } from "./task.ts";

/** Writes report.html of one run: facts, curves, the method's own sections, the recipe. Returns its path. */
export async function writeReport<R extends BaseRecipe>(method: Method<R>, run: RunDirectory): Promise<string> {
  const info = run.readInfo();
  const sections = [...curveSections(run), ...(await method.report(run)), recipeSection(run)];
  run.write(
    "report.html",
    new TextEncoder().encode(
      renderPage({
        title: info.name,
        subtitle: method.summary,
        summary: summaryOf(info),
        sections,
        footer: footerOf(info),
      }),
    ),
  );
  return run.join("report.html");
}

/** Facts for the head of a page. */
export function summaryOf(info: RunInfo): ReportPage["summary"] & object {
  return [
    ["status", info.reason === undefined ? info.status : `${info.status}: ${info.reason}`],
    ["steps", `${info.step} of ${info.steps}`],
    ["images", info.cost.images],
    ["parameters", info.parameters],
    ["time", duration(info.cost.seconds)],
    ["compute", `${(info.cost.flops / 1e12).toPrecision(3)} TFLOP`],
    ...Object.entries(info.metrics).map(([name, value]) => [name, value] as const),
  ];
}

export const footerOf = (info: RunInfo): string =>
  `recipe ${info.recipe}, seed ${info.seed}, hash ${info.recipeHash.slice(0, 12)}; ${info.started}; ${info.processor}, ${info.threads} threads; ${Object.entries(
    info.versions,
  )
    .map(([name, version]) => `${name} ${version}`)
    .join(", ")}`;

/** Loss curves, training and validation, and the learning rate. */
export function curveSections(run: RunDirectory): ReportSection[] {
  const lines = run.metrics();
  if (lines.length === 0) return [];
  const title = `${run.name}, step ${lines[lines.length - 1]?.step ?? 0}`;
  const losses = ["train/loss", "val/loss"]
    .map((name) => ({ name, points: pointsOf(lines, name) }))
    .filter(({ points }) => points.length > 0);
  const rate = { name: "train/learningRate", points: pointsOf(lines, "train/learningRate") };
  return [
    {
      heading: "Curves",
      figures: [
        {
          svg: linePlot({ title: `Loss: ${title}`, x: "step", y: "loss", series: losses }),
          alt: `Training and validation loss of ${run.name} against the step`,
        },
        {
          svg: linePlot({ title: `Learning rate: ${title}`, x: "step", y: "learning rate", series: [rate] }),
          alt: `Learning rate of ${run.name} against the step`,
        },
      ],
    },
  ];
}

/** The points of one metric: [step, value]. */
export const pointsOf = (lines: readonly MetricsLine[], name: string): (readonly [number, number])[] =>
  lines.flatMap((line) => (line[name] === undefined ? [] : [[line.step, line[name]] as const]));

function recipeSection(run: RunDirectory): ReportSection {
  const rows = flatten(run.readRecipe().values).map(([key, value]) => [key, value]);
  return { heading: "Recipe", tables: [{ columns: ["key", "value"], rows }] };
}

function flatten(value: unknown, path = ""): [string, string][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => flatten(inner, path === "" ? key : `${path}.${key}`));
  }
  return [[path, JSON.stringify(value) ?? ""]];
}
