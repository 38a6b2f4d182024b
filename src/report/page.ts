import { createHash } from "node:crypto";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import { escapeMarkup, shownLines } from "./shown-text.ts";
import { type Cell, cellText, csvTable, isNumeric, shownRows, type Table } from "./table.ts";

/** A report as plain data. Every string is shown as text, whatever it holds; only `svg` is markup. */
export interface ReportPage {
  readonly title: string;
  readonly subtitle?: string;
  /** Facts at the top: name and value. */
  readonly summary?: readonly (readonly [name: string, value: Cell])[];
  readonly sections: readonly ReportSection[];
  /** Where it comes from: command, seed, date, machine. */
  readonly footer?: string;
  /**
   * Whether the points of the figures answer to pointer and keyboard: the page then holds one script, ours, and its policy
   * allows that one alone. Default false.
   */
  readonly interactive?: boolean;
}

export interface ReportSection {
  readonly heading: string;
  /** Paragraphs, divided by empty lines. */
  readonly text?: string;
  readonly figures?: readonly ReportFigure[];
  readonly tables?: readonly ReportTable[];
}

/** A table; with a `name` the page offers it as NAME.csv, with all digits. */
export type ReportTable = Table & { readonly caption?: string; readonly name?: string };

/** A picture. `svg` comes from the plots of this room, `png` is a file; `alt` says what it shows to who cannot see it. */
export type ReportFigure = { readonly alt: string; readonly caption?: string } &
  /** With a `name` the page offers it as NAME.svg. */
  (
    | { readonly svg: string; readonly name?: string }
    /** `pixelRatio`: pixels of the file for one of the page. Default 1. */
    | { readonly png: Uint8Array; readonly pixelRatio?: number }
  );

/**
 * One HTML file that needs nothing else: pictures inside, nothing fetched and no script but that of an interactive page (its
 * content policy forbids all others). Throws `TypeError` for an `svg` that could run something, because then it is not from
 * here.
 */
export function renderPage(page: ReportPage): string {
  const { title, subtitle, summary = [], sections, footer, interactive = false } = page;
  const scripts = interactive ? ` script-src 'sha256-${sha256(pageScript)}';` : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';${scripts} style-src 'unsafe-inline'; img-src data:">
<title>${text(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<div class="brand">${mark}fovea report</div>
<h1>${text(title)}</h1>
${subtitle === undefined ? "" : `<p class="subtitle">${text(subtitle)}</p>`}
${sections.length < 3 ? "" : contents(sections)}
</header>
<main>
${summary.length === 0 ? "" : renderSummary(summary)}
${sections.map(renderSection).join("\n")}
</main>
<footer>${footer === undefined ? "" : text(footer)}</footer>
${interactive ? `<script>${pageScript}</script>` : ""}
</body>
</html>
`;
}

/** An eye whose centre is sharp: the fovea. */
const mark =
  '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M1 10c4-7 14-7 18 0c-4 7-14 7-18 0z" fill="none" stroke="currentColor" stroke-width="1.6"/><circle cx="10" cy="10" r="3.2" fill="currentColor"/></svg>';

const sha256 = (value: string) => createHash("sha256").update(value).digest("base64");

const text = (value: string) => escapeMarkup(shownLines(value));

function contents(sections: readonly ReportSection[]): string {
  const links = sections.map(({ heading }, i) => `<li><a href="#section-${i + 1}">${text(heading)}</a></li>`);
  return `<nav aria-label="Sections"><ul>${links.join("")}</ul></nav>`;
}

function renderSummary(summary: readonly (readonly [string, Cell])[]): string {
  const rows = summary.map(([name, value]) => `<div><dt>${text(name)}</dt><dd>${text(cellText(value))}</dd></div>`);
  return `<section aria-label="Summary"><dl class="summary">${rows.join("")}</dl></section>`;
}

function renderSection({ heading, text: body, figures = [], tables = [] }: ReportSection, index: number): string {
  const id = `section-${index + 1}`;
  const paragraphs = (body ?? "").split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== "");
  return [
    `<section aria-labelledby="${id}"><h2 id="${id}">${text(heading)}</h2>`,
    ...paragraphs.map((paragraph) => `<p>${text(paragraph)}</p>`),
    figures.length === 0 ? "" : `<div class="figures">${figures.map(renderFigure).join("")}</div>`,
    ...tables.map(renderTable),
    "</section>",
  ].join("\n");
}

function renderFigure(figure: ReportFigure): string {
  const picture =
    "svg" in figure ? inlineSvg(figure.svg, figure.alt) : inlinePng(figure.png, figure.alt, figure.pixelRatio ?? 1);
  const caption = figure.caption === undefined ? "" : `<figcaption>${text(figure.caption)}</figcaption>`;
  const file = "svg" in figure && figure.name !== undefined ? download(`${figure.name}.svg`, "image/svg+xml", figure.svg) : ""; // prettier-ignore
  return `<figure>${picture}${caption}${file}</figure>`;
}

/** A link that saves what the page holds, without a server. */
function download(file: string, type: string, content: string): string {
  const bytes = Buffer.from(content).toString("base64");
  return `<p class="download"><a download="${text(file)}" href="data:${type};base64,${bytes}">${text(file)}</a></p>`;
}

function inlineSvg(svg: string, alt: string): string {
  if (!svg.startsWith("<svg ") || /<(script|foreignObject|iframe|object|embed|image|use|a)\b/i.test(svg)) {
    throw new TypeError("renderPage: this svg holds more than the plots of fovea/report draw");
  }
  return svg.replace(/ role="img" aria-label="[^"]*"/, () => ` role="img" aria-label="${text(alt)}"`);
}

function inlinePng(png: Uint8Array, alt: string, pixelRatio: number): string {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const [width, height] = [16, 20].map((at) => Math.round(bytes.readUInt32BE(at) / pixelRatio)); // in the IHDR chunk
  return `<img src="data:image/png;base64,${bytes.toString("base64")}" width="${width}" height="${height}" alt="${text(alt)}">`;
}

function renderTable(table: ReportTable): string {
  const classes = table.columns.map((_, column) => (isNumeric(table, column) ? ' class="number"' : ""));
  const head = table.columns.map((name, i) => `<th scope="col"${classes[i]}>${text(name)}</th>`).join("");
  const body = shownRows(table).map(
    (row) => `<tr>${row.map((cell, i) => `<td${classes[i]}>${text(cell)}</td>`).join("")}</tr>`,
  );
  const caption = table.caption === undefined ? "" : `<caption>${text(table.caption)}</caption>`;
  const file = table.name === undefined ? "" : download(`${table.name}.csv`, "text/csv", csvTable(table));
  return `<div class="table" tabindex="0"><table>${caption}<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div>${file}`;
}
