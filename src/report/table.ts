import { numberText } from "./number-text.ts";
import { shownText } from "./shown-text.ts";

/** A cell: text, a number (shown with four significant digits), or nothing. */
export type Cell = string | number | null;

/** Column names and rows of as many cells. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The cell as people read it, on one line. */
export function cellText(cell: Cell): string {
  if (cell === null) return "";
  return typeof cell === "number" ? numberText(cell) : shownText(cell);
}

/** All cells as text, row by row; the numbers of a column have equally many decimals, so that their points align. */
export function shownRows(table: Table): string[][] {
  checkRows(table);
  const rows = table.rows.map((row) => row.map(cellText));
  table.columns.forEach((_, column) => {
    if (!isNumeric(table, column)) return;
    const decimals = Math.max(...rows.map((row) => decimalsOf(row[column])));
    for (const row of rows) {
      const own = decimalsOf(row[column]);
      if (decimals > 0 && /^[−\d,.]+$/.test(row[column])) {
        row[column] += (own === 0 ? "." : "") + "0".repeat(decimals - own);
      }
    }
  });
  return rows;
}

/** A GitHub-flavoured Markdown table; columns of numbers stand right. Cells are text: Markdown and HTML in them are escaped. */
export function markdownTable(table: Table): string {
  const numeric = table.columns.map((_, column) => isNumeric(table, column));
  const cells = [table.columns.map(shownText), ...shownRows(table)].map((row) => row.map(escapeMarkdown));
  const widths = numeric.map((_, column) => Math.max(3, ...cells.map((row) => Array.from(row[column]).length)));
  const lines = cells.map((row) => `| ${row.map((cell, i) => pad(cell, widths[i], numeric[i])).join(" | ")} |`);
  const rule = `| ${widths.map((width, i) => (numeric[i] ? `${"-".repeat(width - 1)}:` : "-".repeat(width))).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1), ""].join("\n");
}

/**
 * CSV (RFC 4180, CRLF, UTF-8) with full precision. Text that a spreadsheet would run as a formula (it starts with = + - @,
 * tab or return) gets an apostrophe in front; numbers stay numbers.
 */
export function csvTable(table: Table): string {
  checkRows(table);
  return [table.columns, ...table.rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

/** Whether every filled cell of the column is a number, and there is one. */
export function isNumeric({ rows }: Table, column: number): boolean {
  const filled = rows.map((row) => row[column]).filter((cell) => cell !== null);
  return filled.length > 0 && filled.every((cell) => typeof cell === "number");
}

function checkRows({ columns, rows }: Table): void {
  const odd = rows.findIndex((row) => row.length !== columns.length);
  if (odd >= 0) throw new RangeError(`table: row ${odd} has ${rows[odd].length} cells for ${columns.length} columns`);
}

const decimalsOf = (text: string) => /^[−\d,]+\.(\d+)$/.exec(text)?.[1].length ?? 0;

function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return Number.isNaN(cell) ? "" : String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${shownText(cell)}` : shownText(cell);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*|[\]~]/g, "\\$&")
    .replace(/(?<!\p{L}|\p{N})_|_(?!\p{L}|\p{N})/gu, "\\_")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

const pad = (text: string, width: number, right: boolean) => {
  const space = " ".repeat(Math.max(0, width - Array.from(text).length));
  return right ? space + text : text + space;
};
