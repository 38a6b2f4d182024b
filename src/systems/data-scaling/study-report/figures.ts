import type { ReportFigure } from "../../../report/page.ts";
import { panelPlot } from "../../../report/panel-plot.ts";
import type { PanelAxis, PanelGuide, PanelPoint, PanelSeries } from "../../../report/panel-plot-spec.ts";
import type { StudyAnalysis } from "../analysis/analyse.ts";
import type { GridCell } from "../analysis/grid-cell.ts";
import type { Indicator } from "../analysis/indicator.ts";
import { cellTip, colorOf, countText, decimalText, lengthText } from "./names.ts";

/** A figure that is a file too. */
export type NamedFigure = Extract<ReportFigure, { readonly svg: string }> & { readonly name: string };

const lossAxis: PanelAxis = { label: "validation loss (lower is better)" };
const scoreAxis: PanelAxis = { label: "fine-tuned score, % (higher is better)" };
const ringNote = "Rings are over-fitted cells.";

type Measure = "validationLoss" | "score";

/** Loss or score against the data set, a line for each size, a panel for each length. */
export function againstData(analysis: StudyAnalysis, measure: Measure): NamedFigure {
  const { lengths, data } = analysis.table;
  const loss = measure === "validationLoss";
  const shown = loss ? "Validation loss" : "Fine-tuned score";
  return {
    name: loss ? "loss-against-data" : "score-against-data",
    svg: panelPlot({
      title: `${shown} against the amount of data`,
      x: { label: "pre-training data, from little to much", type: "names", ticks: data },
      y: loss ? lossAxis : scoreAxis,
      panels: lengths.map(lengthText),
      series: sizeSeries(
        analysis,
        ({ length }) => lengthText(length),
        ({ data: name }) => name,
        measure,
      ),
    }),
    alt: `${shown} for each data set, in panels by length of training, one line for each model size`,
    caption: loss
      ? `A line that still falls on the right has use for more data; one that is flat has enough. Lines that cross on the left are large models that over-fit small data. ${ringNote}`
      : `The same cells, judged by what counts in the end: the score after fine-tuning. ${ringNote}`,
  };
}

/** Loss against the length, a panel for each data set. */
export function againstLength(analysis: StudyAnalysis): NamedFigure {
  const { data, lengths } = analysis.table;
  return {
    name: "loss-against-length",
    svg: panelPlot({
      title: "Validation loss against the length of training",
      x: { label: "updates", type: "log", ticks: lengths, tickText: countText },
      y: lossAxis,
      panels: data.map(dataName),
      series: sizeSeries(
        analysis,
        (cell) => dataName(cell.data),
        ({ length }) => length,
        "validationLoss",
      ),
    }),
    alt: "Validation loss against the number of updates, in panels by data set, one line for each model size",
    caption: `A line that turns upwards is a model that learns its training images by heart: from there on it over-fits. ${ringNote}`,
  };
}

const dataName = (data: string) => `data: ${data}`;

/** Loss against the number of parameters with the fits of section 12.5 and their bands. */
export function againstSize(analysis: StudyAnalysis): NamedFigure {
  const { lengths, data } = analysis.table;
  const x = ({ parameters }: GridCell) => parameters / 1e6;
  const fitted = analysis.fits.atLength.filter(({ data: name }) => wholeData(analysis).includes(name));
  const guides = fitted.map(({ data: name, length, band }): PanelGuide => ({
    panel: lengthText(length ?? NaN),
    color: colorOf(name, data),
    points: band.map(({ parameters, loss, low, high }) => ({ x: parameters, y: loss, low, high })),
  }));
  return {
    name: "loss-against-size",
    svg: panelPlot({
      title: "Validation loss against the size of the model",
      x: { label: "parameters, millions", type: "log" },
      y: { ...lossAxis, type: "log" },
      panels: lengths.map(lengthText),
      guides,
      series: data.map((name) => ({
        name,
        color: colorOf(name, data),
        points: analysis.cells
          .filter((cell) => cell.data === name)
          .map((cell) => pointOf(analysis, cell, lengthText(cell.length), x(cell), "validationLoss")),
      })),
    }),
    alt: "Validation loss against parameters on logarithmic axes, one line for each data set, with fitted straight lines",
    caption: `On logarithmic axes a power law is a straight line. Dotted: the fit over cells that are not over-fitted, drawn on to three times the largest size, with its 95% band; for the largest data sets only. ${ringNote}`,
  };
}

/** The largest two data sets that were fitted: with all of them the bands would cover each other. */
const wholeData = ({ table, fits }: StudyAnalysis): readonly string[] =>
  table.data.filter((name) => fits.atLength.some((fit) => fit.data === name)).slice(-2);

/** Score against loss, coloured by size, with the line through the cells that are not over-fitted. */
export function scoreAgainstLoss(analysis: StudyAnalysis): NamedFigure {
  const { all, sound } = analysis.indicators;
  const losses = analysis.cells.filter(({ score }) => !Number.isNaN(score)).map(({ validationLoss }) => validationLoss);
  const r = ({ pearson }: Indicator) => decimalText(pearson.value, 3);
  return {
    name: "score-against-loss",
    svg: panelPlot({
      title: `Score against validation loss: r = ${r(all)}, without rings ${r(sound)}`,
      x: { label: "validation loss" },
      y: scoreAxis,
      panels: [""],
      panelWidth: 620,
      panelHeight: 380,
      guides: [lineOf(sound, losses, analysis)],
      series: sizeSeries(
        analysis,
        () => "",
        ({ validationLoss }) => validationLoss,
        "score",
      ).map((series) => ({
        ...series,
        join: "none" as const,
      })),
    }),
    alt: "Every cell as a point: fine-tuned score against validation loss, coloured by model size",
    caption: `Were the loss a perfect indicator, the points would lie on one falling line. Dotted: least squares through the cells that are not over-fitted. ${ringNote}`,
  };
}

/** The fitted line, cut where it leaves the range of the scores. */
function lineOf({ line }: Indicator, losses: readonly number[], { cells }: StudyAnalysis): PanelGuide {
  const scores = cells.map(({ score }) => score).filter(Number.isFinite);
  const lossAt = (score: number) => (score - line.intercept) / line.slope;
  const [best, worst] = [lossAt(Math.max(...scores)), lossAt(Math.min(...scores))];
  const ends = [Math.max(Math.min(...losses), best), Math.min(Math.max(...losses), worst)];
  return { panel: "", points: ends.map((x) => ({ x, y: line.intercept + line.slope * x })) };
}

/** Loss or score against compute, with the cells that nothing cheaper equals joined. */
export function frontierFigure(analysis: StudyAnalysis, measure: Measure): NamedFigure {
  const loss = measure === "validationLoss";
  const best = loss ? analysis.frontier.byLoss : analysis.frontier.byScore;
  const series = sizeSeries(
    analysis,
    () => "",
    ({ flops }) => flops,
    measure,
  );
  return {
    name: loss ? "loss-frontier" : "score-frontier",
    svg: panelPlot({
      title: loss ? "Validation loss against compute" : "Fine-tuned score against compute",
      x: { label: "floating-point operations of pre-training", type: "log", tickText: (v) => countText(v) },
      y: loss ? lossAxis : scoreAxis,
      panels: [""],
      panelWidth: 520,
      panelHeight: 320,
      series: [
        ...series.map((one) => ({ ...one, join: "none" as const })),
        {
          name: "frontier",
          color: "currentColor",
          dots: false,
          points: best.map((cell) => pointOf(analysis, cell, "", cell.flops, measure)),
        },
      ],
    }),
    alt: `${loss ? "Validation loss" : "Score"} of every cell against its compute, the best for each amount joined by a line`,
    caption: `Cells on the line are the best that their compute could buy among those tried. ${ringNote}`,
  };
}

function sizeSeries(
  analysis: StudyAnalysis,
  panel: (cell: GridCell) => string,
  x: (cell: GridCell) => number | string,
  measure: Measure,
): PanelSeries[] {
  const { sizes } = analysis.table;
  return sizes.map((size) => ({
    name: size,
    color: colorOf(size, sizes),
    points: analysis.cells
      .filter((cell) => cell.size === size)
      .map((cell) => pointOf(analysis, cell, panel(cell), x(cell), measure)),
  }));
}

/** A cell as a point; its whisker reaches over its seeds. */
function pointOf(
  { overFitted }: StudyAnalysis,
  cell: GridCell,
  panel: string,
  x: number | string,
  measure: Measure,
): PanelPoint {
  const values = cell.runs.map((run) => run[measure]).filter((value) => value !== null);
  const hollow = overFitted.includes(cell);
  const whisker = values.length > 1 ? { low: Math.min(...values), high: Math.max(...values) } : {};
  return { panel, x, y: cell[measure], tip: cellTip(cell, hollow), hollow, ...whisker };
}
