import { panelPlot } from "../../../report/panel-plot.ts";
import type { PanelSeries } from "../../../report/panel-plot-spec.ts";
import type { StudyAnalysis } from "../analysis/analyse.ts";
import { type GridCell, seriesOf } from "../analysis/grid-cell.ts";
import { meanCurve, type CurvePoint } from "../analysis/mean-curve.ts";
import type { NamedFigure } from "./figures.ts";
import { colorOf, countText, lengthText, lossText } from "./names.ts";

/** Validation and train-eval loss during training, a panel for each size and data set; undefined without curves. */
export function curveFigure(analysis: StudyAnalysis): NamedFigure | undefined {
  const { lengths, data } = analysis.table;
  const series = seriesOf(analysis.cells).filter(({ cells }) => cells.some((cell) => validationOf(cell).length > 1));
  if (series.length === 0) return undefined;
  const names = lengths.map(String);
  const lines = lengths.flatMap((length): PanelSeries[] => {
    const cells = series.flatMap((one) => one.cells.filter((cell) => cell.length === length));
    const points = (curveOf: (cell: GridCell) => CurvePoint[], what: string) =>
      cells.flatMap((cell) =>
        curveOf(cell).map(({ step, loss }) => ({
          panel: panelName(cell),
          x: step,
          y: loss,
          tip: `${panelName(cell)}, run of ${lengthText(length)}\nupdate ${countText(step)}: ${what} ${lossText(loss)}`,
        })),
      );
    const color = colorOf(String(length), names);
    return [
      { name: lengthText(length), color, points: points(validationOf, "validation loss") },
      {
        name: `${lengthText(length)}, training images`,
        color,
        join: "dashed",
        dots: false,
        points: points(trainingOf, "loss on training images"),
      },
    ];
  });
  return {
    name: "validation-curves",
    svg: panelPlot({
      title: "Loss during training",
      x: { label: "updates", tickText: countText },
      y: { label: "loss without augmentation" },
      panels: series.map(({ cells: [cell] }) => panelName(cell)),
      columns: Math.min(4, data.length),
      panelWidth: 250,
      panelHeight: 170,
      series: lines,
    }),
    alt: "Validation loss and loss on training images against the update, a panel for each model size and data set",
    caption:
      "Solid: held-out images; dashed: a sample of the training images, with masks of their own. A gap that opens while the dashed line falls is over-fitting. The drop near the end of each run is the fall of the learning rate; runs of one panel share their first part where they branch off one trunk.",
  };
}

const panelName = ({ size, data }: GridCell) => `${size}, data ${data}`;
const validationOf = ({ runs }: GridCell) => meanCurve(runs.map(({ validationCurve }) => validationCurve));
const trainingOf = ({ runs }: GridCell) => meanCurve(runs.map(({ trainEvalCurve }) => trainEvalCurve));
