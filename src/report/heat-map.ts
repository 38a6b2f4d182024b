import { axisX, axisY, cell, type PlotOptions, scale, text } from "@observablehq/plot";
import { drawFigure, type FigureTitle } from "./figure-frame.ts";
import { clippedText, shownLines, shownText, textWidth } from "./shown-text.ts";

/** A cell of the map. */
export interface HeatCell {
  readonly row: string;
  readonly column: string;
  /** What the colour says. */
  readonly value: number;
  /** Inside the cell, lines divided by `\n`. */
  readonly text: string;
  readonly tip: string;
}

export interface HeatMapOptions {
  /** Names of both axes. */
  readonly x: string;
  readonly y: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Cells that are not listed stay empty. */
  readonly cells: readonly HeatCell[];
  /** `diverging`: blue below 0, red above, pale at 0; `sequential`: pale at the least value, dark at the greatest. */
  readonly colors: "diverging" | "sequential";
  /** Pixels of a cell. Default 104 × 52. */
  readonly cellWidth?: number;
  readonly cellHeight?: number;
}

/** A matrix of coloured cells with their values written in, as an SVG document. */
export function heatMap(options: FigureTitle & HeatMapOptions): string {
  return drawFigure(options, heatMapSpec(options));
}

/** The Plot specification of `heatMap`, without document. */
export function heatMapSpec(options: HeatMapOptions): PlotOptions {
  const { x, y, rows, columns, cells, cellWidth = 104, cellHeight = 52 } = options;
  const left = Math.max(...rows.map((name) => textWidth(clippedText(name, 22), 11)), 20) + 34;
  const color = colorScale(options);
  const shown = cells.map((one) => ({ ...one, tip: shownLines(one.tip), text: shownLines(one.text) }));
  const tick = { tickSize: 0, tickFormat: (name: string) => clippedText(name, 22), labelArrow: "none" } as const;
  return {
    width: left + columns.length * cellWidth + 12,
    height: rows.length * cellHeight + 56,
    marginLeft: left,
    marginTop: 44,
    marginBottom: 12,
    marginRight: 12,
    x: { domain: [...columns], padding: 0.04 },
    y: { domain: [...rows], padding: 0.06 },
    color,
    marks: [
      axisX({ anchor: "top", ...tick, label: shownText(x), labelAnchor: "center", labelOffset: 40 }),
      axisY({ ...tick, label: shownText(y), labelAnchor: "center", labelOffset: left - 10 }),
      cell(shown, { x: "column", y: "row", fill: "value", title: "tip", rx: 3 }),
      text(shown, {
        ...{ x: "column", y: "row", text: "text", fontSize: 11, lineHeight: 1.25 },
        fill: ({ value }: HeatCell) => letters(String(scale({ color }).apply(value))),
      }),
    ],
  };
}

function colorScale({ colors, cells }: HeatMapOptions) {
  const values = cells.map(({ value }) => value).filter(Number.isFinite);
  const size = Math.max(1e-12, ...values.map(Math.abs));
  const sequential = [Math.min(...values, Infinity), Math.max(...values, -Infinity)];
  return colors === "diverging"
    ? { type: "diverging" as const, scheme: "rdbu" as const, reverse: true, domain: [-size, size], pivot: 0 }
    : { type: "linear" as const, scheme: "blues" as const, domain: values.length === 0 ? [0, 1] : sequential };
}

/** Black or white, whichever stands out from `rgb(r, g, b)`. */
function letters(color: string): string {
  const [r = 255, g = 255, b = 255] = (/^rgba?\((.*)\)$/.exec(color)?.[1] ?? "").split(",").map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "black" : "white";
}
