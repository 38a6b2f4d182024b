import { csvTable } from "../../../report/table.ts";
import { renderPage, type ReportSection } from "../../../report/page.ts";
import type { StudyAnalysis } from "../analysis/analyse.ts";
import { curveFigure } from "./curve-figure.ts";
import {
  againstData,
  againstLength,
  againstSize,
  frontierFigure,
  type NamedFigure,
  scoreAgainstLoss,
} from "./figures.ts";
import {
  bestSizeFinding,
  dataFinding,
  fitFinding,
  indicatorFinding,
  overFittingFinding,
  selectionFinding,
  stoppingFinding,
} from "./findings.ts";
import { bestLengthMap, overFitMap } from "./maps.ts";
import {
  cellTable,
  dataStepTable,
  fitTables,
  frontierTable,
  indicatorTable,
  type NamedTable,
  onsetTable,
  selectionTable,
  stoppingTable,
} from "./tables.ts";

type Section = ReportSection & { readonly figures?: readonly NamedFigure[]; readonly tables?: readonly NamedTable[] };

/**
 * The report of a study as files: `report.html`, one page that needs nothing else, every figure as `figures/NAME.svg`,
 * every table as `tables/NAME.csv`. Pure: the same analysis gives the same bytes.
 */
export function studyReport(analysis: StudyAnalysis): Map<string, string> {
  const sections = sectionsOf(analysis);
  const files = new Map([["report.html", page(analysis, sections)]]);
  for (const { figures = [], tables = [] } of sections) {
    for (const { name, svg } of figures) files.set(`figures/${name}.svg`, svg);
    for (const table of tables) files.set(`tables/${table.name}.csv`, csvTable(table));
  }
  return files;
}

function page(analysis: StudyAnalysis, sections: readonly Section[]): string {
  const { table, cells, overFitted, indicators, lengthChoices } = analysis;
  const [byLoss] = lengthChoices;
  const missing = table.missing.length;
  return renderPage({
    title: "Data scaling in masked image modelling",
    subtitle: `${table.study}: ${table.source}`,
    interactive: true,
    summary: [
      ["cells", cells.length],
      ["runs", table.cells.length],
      ...(missing === 0 ? [] : [["missing", missing] as const]),
      ["sizes", table.sizes.join(", ")],
      ["data sets", table.data.join(", ")],
      ["over-fitted cells", overFitted.length],
      ["Pearson r", indicators.all.pearson.value],
      ["Spearman ρ", indicators.all.spearman.value],
      ["Kendall τ-b", indicators.all.kendall.value],
      ["regret of lowest loss", Number.isFinite(byLoss.mean) ? `${byLoss.mean.toFixed(3)} points` : null],
    ],
    sections,
    footer: `Written by fovea from the study's table. Intervals: 95% bootstrap over cells. Method: arXiv 2206.04664.`,
  });
}

function sectionsOf(analysis: StudyAnalysis): Section[] {
  const scored = analysis.cells.some(({ score }) => !Number.isNaN(score));
  const curves = curveFigure(analysis);
  return [
    { heading: "What was asked", text: question },
    { heading: "In short", text: findings(analysis) },
    {
      heading: "Does more data help?",
      text: `Follow a line from left to right: the same model, trained for the same number of updates, on more and more images. ${dataFinding(analysis)}`,
      figures: [againstData(analysis, "validationLoss"), ...(scored ? [againstData(analysis, "score")] : [])],
      tables: [dataStepTable(analysis)],
    },
    {
      heading: "Does longer training help, and when does it over-fit?",
      text: `A run over-fits when more updates make its loss on held-out images worse: it has begun to remember its training images instead of learning what images look like. Small data sets reach that point after fewer updates, because each image is seen more often. ${bestSizeFinding(analysis)}`,
      figures: [againstLength(analysis), overFitMap(analysis), bestLengthMap(analysis)],
      tables: [onsetTable(analysis)],
    },
    ...(curves === undefined
      ? []
      : [
          {
            heading: "Inside the runs",
            text: stoppingFinding(analysis),
            figures: [curves],
            tables: [stoppingTable(analysis)],
          },
        ]),
    ...(scored
      ? [
          {
            heading: "Does the validation loss tell the score?",
            text: `Pre-training loss costs nothing to measure; the score costs a fine-tuning. If the first predicts the second, runs can be chosen without fine-tuning. A correlation of −1 is a perfect indicator, 0 a useless one, a positive one misleads. ${indicatorFinding(analysis)}`,
            figures: [scoreAgainstLoss(analysis)],
            tables: [indicatorTable(analysis)],
          },
          {
            heading: "Which run to keep",
            text: `${selectionFinding(analysis)} Advice: keep the run with the lowest validation loss; among over-fitted runs, whose loss says little, compare scores before throwing one away.`,
            tables: [selectionTable(analysis)],
          },
        ]
      : []),
    {
      heading: "How the loss falls with size and length",
      text: fitFinding(analysis),
      figures: [againstSize(analysis)],
      tables: fitTables(analysis),
    },
    {
      heading: "What compute buys",
      text: "Compute is three passes of two operations per multiply-add, times the images seen: the cost of a run trained alone. The frontier joins the cells that no cheaper one equals. Where it changes from one size to the next, that compute is better spent on the larger model than on longer training of the smaller one.",
      figures: [frontierFigure(analysis, "validationLoss"), ...(scored ? [frontierFigure(analysis, "score")] : [])],
      tables: [frontierTable(analysis)],
    },
    { heading: "Every cell", tables: [cellTable(analysis)] },
    { heading: "How far this can be trusted", text: caveats },
  ];
}

const question = `A network learns to see without labels by filling in what was hidden: squares that cover about 60% of an image are replaced, and the network predicts the missing pixels. This is masked image modelling. Its error on images it has not been trained on is the validation loss: the mean absolute error per hidden pixel and colour, lower is better. Afterwards the network is fine-tuned to name what images show; the share it gets right is the score.

The study trains one method many times and changes three things only: how large the network is (size), how many images it learns from (data), and how many updates it gets (length). Each combination is a cell. Point at any mark in a figure, or press Tab and then the arrow keys, to read its numbers; click a name in a legend to hide that line. Below each figure and table is a link that saves it.`;

function findings(analysis: StudyAnalysis): string {
  return [
    overFittingFinding(analysis),
    dataFinding(analysis),
    indicatorFinding(analysis),
    selectionFinding(analysis),
    fitFinding(analysis),
  ]
    .filter(Boolean)
    .join("\n\n");
}

const caveats = `A validation loss compares only with losses of the same target, image size, crop and masks. Losses with and without local normalisation of the target lie on different scales.

Comparing data of two sources by this loss is biased: held-out images resemble one of them more. Use it within a source.

The loss is no infallible signal to stop: over-fitted small models can lose in loss and still gain in score. That is why over-fitted cells are marked, and why the correlations stand twice.

Data sets are compared at the same number of updates, not of epochs: with few images, equal epochs would mean less training.

Near the end of a run the learning rate falls to a tenth. The training loss then drops sharply, and the validation loss of an over-fitted run may jump up.

The intervals are of the bootstrap over cells. Cells of one size and data set resemble each other, so true intervals are wider; groups of fewer than about ten cells say little. With five sizes or fewer the floor E of the power law is hardly determined.

The published wordings differ: the first version of the paper says that masked modelling also demands more data, the second that it cannot use more data where it does not over-fit. The published table supports the second.`;
