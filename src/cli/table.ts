import Table from "cli-table3";
import { escapeControls } from "../errors/show-error.ts";
import type { Terminal } from "./terminal.ts";

export interface Column {
  readonly name: string;
  /** Numbers stand to the right. */
  readonly align?: "left" | "right";
}

const bare = Object.fromEntries(
  ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
    ["", "-mid", "-left", "-right"].map((corner) => [`${side}${corner}`, ""]),
  ),
);

/** Rows under a line of names, columns two spaces apart. Cells are text from anywhere: control characters are shown. */
export function tableLines(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const table = new Table({
    chars: { ...bare, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: columns.map(({ align = "left" }) => align),
  });
  table.push(columns.map(({ name }) => terminal.paint.dim(name)));
  for (const row of rows) table.push(row.map((cell) => escapeControls(cell)));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}
