import { drawFigure, type FigureTitle } from "./figure-frame.ts";
import { panelColor, panelPlotSpec, type PanelPlotOptions } from "./panel-plot-spec.ts";

/**
 * Small multiples as an SVG document: series of points in panels that share their axes, joined by lines or not, with fitted
 * lines. Each point carries its text; a page with `interactive` shows it, any other viewer as a tooltip of its own.
 */
export function panelPlot(options: FigureTitle & PanelPlotOptions): string {
  const legend = options.series.map((series, i) => ({
    label: series.name,
    series: series.name,
    color: panelColor(series, i),
    dash: series.join === "dashed" ? "5,3" : undefined,
    point: series.join === "none",
  }));
  return drawFigure(options, panelPlotSpec(options), { legend: legend.length > 1 ? legend : [] });
}
