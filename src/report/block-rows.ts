import { barX, type PlotOptions, text } from "@observablehq/plot";
import { drawFigure, type FigureTitle, seriesColors } from "./figure-frame.ts";
import { clippedText, shownText, textWidth } from "./shown-text.ts";

/** A part of a network: as wide as it has blocks. */
export interface BlockPart {
  readonly label: string;
  readonly width: number;
  /** Its place in `kinds`. */
  readonly kind: number;
}

export interface BlockRowsOptions {
  /** One network each, from top to bottom. */
  readonly rows: readonly { readonly label: string; readonly parts: readonly BlockPart[] }[];
  /** What the colours mean: `trained`, `frozen`. At most ten. */
  readonly kinds: readonly string[];
  readonly width?: number;
}

/** Networks as rows of parts, from input to output, coloured by what happens to them, as an SVG document. */
export function blockRows(options: FigureTitle & BlockRowsOptions): string {
  const legend = options.kinds.map((label, kind) => ({ label, color: colourOf(kind) }));
  return drawFigure(options, blockRowsSpec(options), { legend });
}

/** Blue, then grey: what learns and what does not. */
const colours = [seriesColors[0], seriesColors[9], ...seriesColors.slice(1, 9)];
const colourOf = (kind: number): string => colours[kind % colours.length];

/** The Plot specification of `blockRows`, without document. */
export function blockRowsSpec({ rows, width = 720 }: BlockRowsOptions): PlotOptions {
  const names = rows.map(({ label }) => clippedText(label, 24));
  const parts = rows.flatMap(({ parts: list }, row) => {
    let end = 0;
    return list.map(({ label, width: blocks, kind }) => {
      const start = end;
      end += blocks;
      return { row, start, end, middle: (start + end) / 2, fill: colourOf(kind), shown: shownText(label) };
    });
  });
  const longest = Math.max(1, ...parts.map(({ end }) => end));
  const left = Math.max(20, ...names.map((name) => textWidth(name, 11) + 12));
  const unit = (width - left - 8) / longest;
  const fits = parts.filter(({ start, end, shown }) => textWidth(shown, 11) + 6 < (end - start) * unit);
  return {
    width,
    height: 34 * rows.length + 8,
    marginLeft: left,
    marginRight: 8,
    marginTop: 4,
    marginBottom: 4,
    x: { axis: null, domain: [0, longest] },
    y: {
      domain: rows.map((_, row) => row),
      tickFormat: (row: number) => names[row],
      tickSize: 0,
      label: null,
      padding: 0.2,
    },
    marks: [
      barX(parts, { x1: "start", x2: "end", y: "row", fill: "fill", insetLeft: 1, insetRight: 1, rx: 3 }),
      text(fits, { x: "middle", y: "row", text: "shown", fill: "#ffffff", fontWeight: 600 }),
    ],
  };
}
