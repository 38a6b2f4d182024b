import { numberText } from "../../../report/number-text.ts";
import { heatMap, type HeatCell } from "../../../report/heat-map.ts";
import type { StudyAnalysis } from "../analysis/analyse.ts";
import { type GridSeries, seriesOf } from "../analysis/grid-cell.ts";
import type { NamedFigure } from "./figures.ts";
import { countText, lossText, signedText } from "./names.ts";

/** Which size over-fits which data set, and from which length on. */
export function overFitMap(analysis: StudyAnalysis): NamedFigure {
  const { sizes, data } = analysis.table;
  return {
    name: "over-fit-map",
    svg: heatMap({
      title: "Over-fitting: change of the loss, shortest to longest run",
      ...axes,
      rows: sizes,
      columns: data,
      colors: "diverging",
      cells: seriesOf(analysis.cells).map((series) => changeCell(analysis, series)),
    }),
    alt: "Matrix of model sizes and data sets, coloured by how the validation loss changes from the shortest to the longest run",
    caption:
      "Blue: longer training helps. Red: it hurts, the model over-fits. Below the change: the first length whose loss exceeds that of a shorter run. Empty: not run.",
  };
}

/** The length with the lowest loss for each size and data set. */
export function bestLengthMap(analysis: StudyAnalysis): NamedFigure {
  const { sizes, data, lengths } = analysis.table;
  return {
    name: "best-length-map",
    svg: heatMap({
      title: "Length with the lowest validation loss",
      ...axes,
      rows: sizes,
      columns: data,
      colors: "sequential",
      cells: seriesOf(analysis.cells).map(({ size, data: column, cells }): HeatCell => {
        const best = cells.reduce((low, cell) => (cell.validationLoss < low.validationLoss ? cell : low));
        return {
          row: size,
          column,
          value: lengths.indexOf(best.length),
          text: `${countText(best.length)}\n${lossText(best.validationLoss)}`,
          tip: `${size} on ${column}\nlowest loss ${lossText(best.validationLoss)} at ${countText(best.length)} updates, ${numberText(Math.round(best.epochs))} epochs`,
        };
      }),
    }),
    alt: "Matrix of model sizes and data sets, each cell with the length of training that had the lowest validation loss",
    caption:
      "Dark: the longest run was the best, longer ones may be better still. Pale: training should have stopped early.",
  };
}

const axes = { x: "pre-training data", y: "model size" } as const;

function changeCell({ onsets }: StudyAnalysis, { size, data, cells }: GridSeries): HeatCell {
  const [first, last] = [cells[0], cells[cells.length - 1]];
  const change = (100 * (last.validationLoss - first.validationLoss)) / first.validationLoss;
  const onset = onsets.find((one) => one.size === size && one.data === data);
  const from = onset?.length ?? null;
  return {
    row: size,
    column: data,
    value: change,
    text: `${signedText(change, 1)}%\n${from === null ? "no onset" : `from ${countText(from)}`}`,
    tip: [
      `${size} on ${data}`,
      ...cells.map(({ length, validationLoss }) => `${countText(length)} updates: loss ${lossText(validationLoss)}`),
      from === null
        ? "no over-fitting seen"
        : `over-fits from ${countText(from)} updates, ${numberText(Math.round(onset?.epochs ?? NaN))} epochs`,
    ].join("\n"),
  };
}
