import { plot, type PlotOptions } from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { clippedText, escapeMarkup, shownText, textWidth } from "./shown-text.ts";
import { stepText } from "./number-text.ts";

/** What stands above every plot. */
export interface FigureTitle {
  readonly title: string;
  /** The run's name and the step it had reached, shown below the title. */
  readonly run?: string;
  readonly step?: number;
}

/** A line of the legend: a swatch and a name. */
export interface LegendEntry {
  readonly label: string;
  readonly color: string;
  readonly dash?: string | undefined;
  /** A dot instead of a line. */
  readonly point?: boolean;
  /** Name of the series in the plot (its `ariaDescription`), where a page may switch it off. */
  readonly series?: string;
}

/** The colours of Plot's `observable10`, for runs and series. */
export const seriesColors = [
  "#4269d0",
  "#efb118",
  "#ff725c",
  "#6cc5b0",
  "#3ca951",
  "#ff8ab7",
  "#a463f2",
  "#97bbf5",
  "#9c6b4e",
  "#9498a0",
] as const;

/**
 * An SVG document: title, run and step, legend, the plot below them, and `overlay` (SVG markup in the coordinates of the
 * plot, already escaped). Lines and letters are `currentColor`: black alone, the page's colour inside a page.
 */
export function drawFigure(
  heading: FigureTitle,
  specification: PlotOptions,
  { legend = [], overlay = "" }: { legend?: readonly LegendEntry[]; overlay?: string } = {},
): string {
  const { width, height, markup } = drawPlot(specification);
  const subtitle = subtitleOf(heading);
  const rows = legendRows(legend, width);
  const legendTop = subtitle === "" ? 30 : 48;
  const plotTop = legendTop + rows.length * 20 + 2;
  const total = plotTop + height;
  const title = shownText(heading.title);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${total}" viewBox="0 0 ${width} ${total}"`,
    ` role="img" aria-label="${escapeMarkup([title, subtitle].filter(Boolean).join(", "))}" fill="currentColor"`,
    ` font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="12">`,
    `<text x="2" y="17" font-size="15" font-weight="600">${escapeMarkup(clippedText(title, Math.floor(width / 9.5)))}</text>`,
    subtitle === ""
      ? ""
      : `<text x="2" y="36" opacity="0.7">${escapeMarkup(clippedText(subtitle, Math.floor(width / 7.5)))}</text>`,
    ...rows.map((row, i) => `<g transform="translate(2,${legendTop + i * 20})">${row}</g>`),
    `<g transform="translate(0,${plotTop})" font-size="11" text-anchor="middle">${markup}${overlay}</g></svg>`,
  ].join("");
}

/** `run cifar-ft · step 1,200`, as far as known. */
function subtitleOf({ run, step }: FigureTitle): string {
  const parts = [run === undefined ? "" : `run ${shownText(run)}`, step === undefined ? "" : `step ${stepText(step)}`];
  return parts.filter((part) => part !== "").join(" · ");
}

/** Plot's own SVG without its root and style sheet: a nested root with CSS `height: auto` would fill the page. */
function drawPlot(specification: PlotOptions): { width: number; height: number; markup: string } {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = plot({ ...specification, document });
  svg.querySelector("style")?.remove();
  return {
    width: Number(svg.getAttribute("width")),
    height: Number(svg.getAttribute("height")),
    markup: svg.innerHTML,
  };
}

/** The entries from left to right, in as many rows as the width asks for. */
function legendRows(legend: readonly LegendEntry[], width: number): string[] {
  const rows: string[] = [];
  let x = Infinity;
  for (const { label, color, dash, point = false, series } of legend) {
    const text = clippedText(label, 48);
    const needed = 38 + textWidth(text, 12);
    if (x + needed > width) {
      rows.push("");
      x = 0;
    }
    const pattern = dash === undefined ? "" : ` stroke-dasharray="${dash}"`;
    const swatch = point
      ? `<circle cx="${x + 10}" cy="8" r="4.5" fill="${color}"/>`
      : `<path d="M${x},8h20" stroke="${color}" stroke-width="3"${pattern}/>`;
    const entry = `${swatch}<text x="${x + 26}" y="12">${escapeMarkup(text)}</text>`;
    const hit = `<rect x="${x}" width="${needed - 10}" height="18" fill="none" pointer-events="all"/>`; // gaps answer too
    rows[rows.length - 1] +=
      series === undefined ? entry : `<g data-series="${escapeMarkup(shownText(series))}">${hit}${entry}</g>`;
    x += needed;
  }
  return rows;
}
