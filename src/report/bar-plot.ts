import { barX, type PlotOptions, ruleX, text } from "@observablehq/plot";
import { drawFigure, type FigureTitle, seriesColors } from "./figure-frame.ts";
import { numberText } from "./number-text.ts";
import { clippedText, shownText, textWidth } from "./shown-text.ts";

/** A bar; `deviation` draws a whisker of one standard deviation to both sides. NaN is shown as `–`. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly deviation?: number;
}

export interface BarPlotOptions {
  /** Name and unit of the values: `F1 score`. */
  readonly x: string;
  readonly bars: readonly Bar[];
  /** Limits of the axis. Default 0 to 1. */
  readonly domain?: readonly [low: number, high: number];
  readonly width?: number;
}

/** Horizontal bars with their values, in the order given, as an SVG document. */
export function barPlot(options: FigureTitle & BarPlotOptions): string {
  return drawFigure(options, barPlotSpec(options));
}

/** The Plot specification of `barPlot`, without document. */
export function barPlotSpec({ x, bars, domain = [0, 1], width = 540 }: BarPlotOptions): PlotOptions {
  const names = bars.map(({ label }) => clippedText(label, 24));
  const rows = bars.map(({ value, deviation = 0 }, row) => ({
    row,
    value: Number.isFinite(value) ? value : 0,
    low: value - deviation,
    high: value + deviation,
    shown: numberText(value, 3),
  }));
  const whiskers = rows.filter(({ low, high }) => high > low);
  return {
    width,
    height: 24 * bars.length + 44,
    marginLeft: Math.max(20, ...names.map((name) => textWidth(name, 11) + 12)),
    marginTop: 4,
    marginBottom: 40,
    marginRight: 52,
    x: {
      domain: [...domain],
      clamp: true,
      label: shownText(x),
      grid: true,
      ticks: 6,
      tickFormat: (value: number) => numberText(value, 3),
    },
    y: {
      domain: rows.map(({ row }) => row),
      tickFormat: (row: number) => names[row],
      tickSize: 0,
      label: null,
      padding: 0.25,
    },
    marks: [
      barX(rows, { x: "value", y: "row", fill: seriesColors[0] }),
      barX(whiskers, { x1: "low", x2: "high", y: "row", fill: "currentColor", insetTop: 7, insetBottom: 7 }),
      text(rows, {
        x: (d: { value: number; high: number }) => d.high || d.value,
        y: "row",
        text: "shown",
        dx: 6,
        textAnchor: "start",
      }),
      ruleX([domain[0]]),
    ],
  };
}
