import { drawFigure, type FigureTitle } from "./figure-frame.ts";
import { linePlotSpec, type LinePlotOptions, type Series, seriesStyle } from "./line-plot-spec.ts";
import { numberText } from "./number-text.ts";

/**
 * Curves over steps as an SVG document: smoothed lines, behind them the range of the raw values, in the legend each
 * name with its last raw value. Throws `RangeError` for a smoothing outside 0 up to 1.
 */
export function linePlot(options: FigureTitle & LinePlotOptions): string {
  const legend = options.series.map((series, i) => ({
    label: `${series.name} ${lastValue(series)}`,
    ...seriesStyle(i),
  }));
  return drawFigure(options, linePlotSpec(options), { legend });
}

function lastValue({ points }: Series): string {
  const last = points.reduce<readonly [number, number]>(
    (best, point) => (point[0] >= best[0] ? point : best),
    [-Infinity, NaN],
  );
  return numberText(last[1]);
}
