import { axisX, axisY, cell, type PlotOptions, scale, text } from "@observablehq/plot";
import type { ConfusionMatrix } from "../metrics/confusion-matrix.ts";
import { drawFigure, type FigureTitle } from "./figure-frame.ts";
import { numberText } from "./number-text.ts";
import { clippedText, textWidth } from "./shown-text.ts";

export interface ConfusionPlotOptions {
  readonly matrix: ConfusionMatrix;
  /** The K class names, in the order of the matrix. */
  readonly classNames: readonly string[];
  /** `viridis`, or `cividis` where print matters. Default viridis. */
  readonly scheme?: "viridis" | "cividis";
}

const share = { domain: [0, 1] as [number, number], type: "linear" as const };
const barWidth = 74;
const mostClasses = 100;

/**
 * A confusion matrix as an SVG document: rows are true classes, columns predicted ones, the colour is the share of the
 * row, the number the count. A row without samples stays empty; of more than 100 classes, those with most errors are
 * shown, and the title says so. Throws `RangeError` where names and matrix differ.
 */
export function confusionPlot(options: FigureTitle & ConfusionPlotOptions): string {
  const { matrix, classNames, scheme = "viridis" } = options;
  if (classNames.length !== matrix.classes) {
    throw new RangeError(`confusionPlot: ${classNames.length} class names for ${matrix.classes} classes`);
  }
  const shown = shownClasses(matrix);
  const size = layout(shown.map((k) => classNames[k]));
  const part =
    shown.length < matrix.classes ? `, the ${shown.length} of ${matrix.classes} classes with most errors` : "";
  const heading = { ...options, title: options.title + part };
  return drawFigure(heading, specification(options, shown, size), {
    overlay: axisNames(size) + colorBar(size, scheme),
  });
}

interface Layout {
  readonly names: readonly string[];
  readonly cell: number;
  readonly fontSize: number;
  readonly left: number;
  readonly top: number;
  readonly side: number;
  readonly slanted: boolean;
}

/** Cells of 9 to 56 pixels, about 400 in all; names stand upright above their columns where they do not fit. */
function layout(classNames: readonly string[]): Layout {
  const names = classNames.map((name) => clippedText(name, 22));
  const cellSize = Math.max(9, Math.min(56, Math.floor(400 / Math.max(1, names.length))));
  const fontSize = cellSize < 12 ? 8 : 11;
  const longest = Math.max(0, ...names.map((name) => textWidth(name, fontSize)));
  const slanted = longest > cellSize;
  return {
    names,
    cell: cellSize,
    fontSize,
    left: Math.max(60, longest + 34),
    top: (slanted ? longest : 14) + 26,
    side: Math.max(120, cellSize * names.length),
    slanted,
  };
}

/** All classes up to 100; of more, the 100 with most errors in row and column, in their old order. */
function shownClasses({ classes, counts }: ConfusionMatrix): number[] {
  const all = Array.from({ length: classes }, (_, k) => k);
  if (classes <= mostClasses) return all;
  const errors = new Float64Array(classes);
  counts.forEach((count, i) => {
    const [actual, predicted] = [Math.floor(i / classes), i % classes];
    if (actual === predicted) return;
    errors[actual] += count;
    errors[predicted] += count;
  });
  const worst = all.toSorted((a, b) => errors[b] - errors[a]).slice(0, mostClasses);
  return worst.sort((a, b) => a - b);
}

function specification(
  { matrix, scheme = "viridis" }: ConfusionPlotOptions,
  shown: number[],
  size: Layout,
): PlotOptions {
  const cells = cellsOf(matrix, shown);
  const domain = size.names.map((_, k) => k);
  const padding = size.cell < 12 ? 0 : 0.04; // between cells as small as that the page would outshine them
  const tick = { tickFormat: (k: number) => size.names[k], tickSize: 0, fontSize: size.fontSize, label: null };
  return {
    width: size.left + size.side + barWidth,
    height: size.top + size.side + 8,
    marginLeft: size.left,
    marginTop: size.top,
    marginRight: barWidth,
    marginBottom: 8,
    x: { domain, padding },
    y: { domain, padding },
    color: { ...share, scheme },
    marks: [
      axisX({ anchor: "top", ...tick, tickRotate: size.slanted ? -90 : 0 }),
      axisY({ ...tick }),
      cell(cells, { x: "predicted", y: "actual", fill: "share" }),
      size.cell < 24
        ? null
        : text(cells, {
            x: "predicted",
            y: "actual",
            text: (d: Cell) => (d.count === 0 ? "" : numberText(d.count)),
            fill: (d: Cell) => (d.share < 0.45 ? "white" : "black"), // 4:1 or better on both schemes
            fontSize: size.cell < 36 ? 9 : 11,
          }),
    ],
  };
}

interface Cell {
  readonly actual: number;
  readonly predicted: number;
  readonly count: number;
  readonly share: number;
}

/** Shares are of the whole row, also where not all columns are shown. */
function cellsOf({ classes, counts }: ConfusionMatrix, shown: readonly number[]): Cell[] {
  return shown.flatMap((k, actual) => {
    const row = counts.subarray(k * classes, (k + 1) * classes);
    const samples = row.reduce((sum, count) => sum + count, 0);
    return shown.map((other, predicted) => ({ actual, predicted, count: row[other], share: row[other] / samples }));
  });
}

/** Drawn here, because Plot puts the names of a top and a left axis on the same spot. */
function axisNames({ left, top, side }: Layout): string {
  const [x, y] = [left + side / 2, top + side / 2];
  return (
    `<text x="${x}" y="12">predicted class</text>` +
    `<text transform="translate(12,${y}) rotate(-90)">true class</text>`
  );
}

/** A scale from 0% to 100% of the row beside the matrix; rectangles, because a gradient needs an id unique in the page. */
function colorBar({ left, top, side }: Layout, scheme: "viridis" | "cividis"): string {
  const colors = scale({ color: { ...share, scheme } });
  const height = Math.min(side, 240);
  const x = left + side + 18;
  const pieces = 48;
  const piece = height / pieces;
  const rectangles = Array.from({ length: pieces }, (_, i) => {
    const y = top + height - (i + 1) * piece; // half a pixel of overlap hides the seams
    return `<rect x="${x}" y="${y}" width="12" height="${piece + 0.5}" fill="${colors.apply((i + 0.5) / pieces)}"/>`;
  });
  const labels = [0, 0.25, 0.5, 0.75, 1].map(
    (value) => `<text x="${x + 17}" y="${top + height * (1 - value) + 4}" text-anchor="start">${value * 100}%</text>`,
  );
  const name = `<text x="${x}" y="${top - 10}" text-anchor="start">of row</text>`;
  return `<g font-size="10" aria-label="colour scale: share of the true class">${name}${rectangles.join("")}${labels.join("")}</g>`;
}
