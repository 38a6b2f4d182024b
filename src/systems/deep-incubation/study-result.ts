import { meanAndDeviation } from "../../metrics/mean-and-deviation.ts";
import { linePlot } from "../../report/line-plot.ts";
import { renderPage } from "../../report/page.ts";
import type { Cell, Table } from "../../report/table.ts";
import type { StudyContext, StudyResult } from "../../train/study.ts";
import type { ArmResult } from "./arm-results.ts";
import { armResults } from "./incubation-result.ts";
import { cellId, cellsOf, recipeOf, type StudyCell } from "./study-plan.ts";
import type { IncubationStudySettings } from "./study-settings.ts";

/** One way of training at one place of the grid, over the seeds that are done. */
interface StudyRow extends Omit<StudyCell, "seed"> {
  readonly name: string;
  readonly results: readonly ArmResult[];
}

/** Tables and figures of a study, of the seeds that are done. */
export function incubationStudyResult(settings: IncubationStudySettings, context: StudyContext): StudyResult {
  const rows = rowsOf(settings, context);
  const table = tableOf(rows);
  const summary = { study: context.name, preset: settings.preset, rows };
  return {
    summary,
    lines: rows.map(
      ({ name, budget, fraction, metaDepth, results }) =>
        `${name.padEnd(14)} ${budget.module}+${budget.tuning} epochs, ${100 * fraction}% of the images, meta depth ${metaDepth}: ${meanText(results.map(({ final }) => final))}`,
    ),
    files: new Map([
      ["results.json", `${JSON.stringify(summary, null, 2)}\n`],
      ["report.html", page(settings, context, rows, table)],
    ]),
  };
}

function rowsOf(settings: IncubationStudySettings, { done }: StudyContext): StudyRow[] {
  const rows = new Map<string, Map<number, ArmResult>>();
  const places = new Map<string, Omit<StudyRow, "results">>();
  for (const cell of cellsOf(settings)) {
    const { seed, ...place } = cell;
    for (const result of armResults(recipeOf(settings, cell), (id) => done(cellId(cell, id)))) {
      const key = JSON.stringify([result.name, dependsOn(result.name, place)]);
      places.set(key, places.get(key) ?? { name: result.name, ...place });
      rows.set(key, (rows.get(key) ?? new Map<number, ArmResult>()).set(seed, result));
    }
  }
  return [...places].map(([key, place]) => ({ ...place, results: [...(rows.get(key)?.values() ?? [])] }));
}

/** What of its place in the grid an arm depends on: cells share the rest. */
function dependsOn(name: string, { budget, fraction, metaDepth, endToEndEpochs }: Omit<StudyCell, "seed">): object {
  if (name === "end-to-end") return { fraction, endToEndEpochs };
  return name === "from-scratch" ? { fraction, tuning: budget.tuning } : { fraction, budget, metaDepth };
}

function tableOf(rows: readonly StudyRow[]): Table {
  return {
    columns: [
      "way",
      "modules + tuning, epochs",
      "images, %",
      "meta depth",
      "seeds",
      "meta, %",
      "assembled, %",
      "at the end, %",
      "training loss",
      "TFLOP",
      "TFLOP, longest chain",
      "seconds",
    ],
    rows: rows.map(({ name, budget, fraction, metaDepth, endToEndEpochs, results }) => {
      const of = (value: (result: ArmResult) => number | undefined): number[] =>
        results.map(value).filter((found) => found !== undefined);
      const mean = (value: (result: ArmResult) => number | undefined): Cell =>
        of(value).length === 0 ? null : meanAndDeviation(of(value)).mean;
      return [
        name,
        name === "end-to-end" ? `${endToEndEpochs}` : `${budget.module} + ${budget.tuning}`,
        100 * fraction,
        metaDepth,
        of(({ final }) => final).length,
        meanText(results.map(({ meta }) => meta)),
        meanText(results.map(({ assembled }) => assembled)),
        meanText(results.map(({ final }) => final)),
        mean(({ trainLoss }) => trainLoss),
        mean(({ measures }) => measures?.teraflops),
        mean(({ measures }) => measures?.criticalTeraflops),
        mean(({ measures }) => measures?.seconds),
      ];
    }),
  };
}

/** `52.3 ± 0.4` percent; nothing where no seed is done. */
function meanText(shares: readonly (number | undefined)[]): string {
  const found = meanAndDeviation(shares.filter((share) => share !== undefined));
  if (Number.isNaN(found.mean)) return "";
  const percent = (share: number): string => (100 * share).toFixed(1);
  return Number.isFinite(found.deviation)
    ? `${percent(found.mean)} ± ${percent(found.deviation)}`
    : percent(found.mean);
}

function page(
  settings: IncubationStudySettings,
  context: StudyContext,
  rows: readonly StudyRow[],
  table: Table,
): string {
  const ways = [...new Set(rows.map(({ name }) => name))];
  const points = (name: string, x: (result: ArmResult, row: StudyRow) => number | undefined) =>
    rows
      .filter((row) => row.name === name)
      .flatMap((row) =>
        row.results.flatMap((result) => {
          const at = x(result, row);
          return at === undefined || result.final === undefined ? [] : [[at, result.final] as const];
        }),
      );
  const figure = (title: string, x: string, of: Parameters<typeof points>[1]) => ({
    svg: linePlot({
      title,
      x,
      y: "share of held-out images",
      series: ways.map((name) => ({ name, points: points(name, of) })).filter((series) => series.points.length > 0),
    }),
    alt: `${title}: ${ways.join(", ")}`,
  });
  return renderPage({
    title: context.name,
    subtitle: `Deep Incubation, preset ${settings.preset}, seeds ${settings.seeds.join(", ")}`,
    sections: [
      { heading: "Results", text: "Mean and standard deviation over the seeds that are done.", tables: [table] },
      {
        heading: "Accuracy against cost",
        text: "A dot for each seed. Longest chain: the operations that follow each other when every module has a machine of its own.",
        figures: [
          figure("Accuracy against all work", "TFLOP", ({ measures }) => measures?.teraflops),
          figure("Accuracy against the longest chain", "TFLOP", ({ measures }) => measures?.criticalTeraflops),
          ...(settings.fractions.length > 1
            ? [figure("Accuracy against training images", "% of the images", (_, { fraction }) => 100 * fraction)]
            : []),
          ...(settings.metaDepths.length > 1
            ? [figure("Accuracy against the meta model's depth", "blocks a module", (_, { metaDepth }) => metaDepth)]
            : []),
        ],
      },
    ],
  });
}
