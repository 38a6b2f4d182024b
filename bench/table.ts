import type { Outcome } from "./alternate.ts";
import type { Spread } from "./statistics.ts";

/** What is measured and against what: the first outcome is the subject of the ratios. */
export interface Comparison {
  readonly title: string;
  readonly outcomes: readonly Outcome[];
}

/** A Markdown table (it goes into docs/results as it is), absent and failed contestants named below it. */
export function renderTable({ title, outcomes }: Comparison): string {
  const subject = outcomes[0]?.name ?? "";
  const header = ["contestant", "ms, median", "ms, range", `${subject} / it`, "range", "loss", "peak MB", "versions"];
  const rows = outcomes.map(row);
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((cells) => cells[i].length)));
  const line = (cells: readonly string[]): string => `| ${cells.map((c, i) => c.padEnd(widths[i])).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [title, "", line(header), rule, ...rows.map(line), ...notes(outcomes)].join("\n");
}

function row(outcome: Outcome): string[] {
  if (outcome.state !== "measured") return [outcome.name, outcome.state, "", "", "", "", "", ""];
  const { name, ms, ratio, loss, peakMb, versions, threads } = outcome;
  const used = Object.entries(versions).map(([what, version]) => `${what} ${version}`);
  if (threads !== undefined) used.push(`${threads} threads`);
  return [
    name,
    ms.median.toFixed(1),
    range(ms, 1),
    ratio === undefined ? "" : ratio.median.toFixed(2),
    ratio === undefined ? "" : range(ratio, 2),
    loss === undefined ? "" : loss.toPrecision(4),
    peakMb === undefined ? "" : peakMb.toFixed(0),
    used.join(", "),
  ];
}

const range = ({ min, max }: Spread, digits: number): string => `${min.toFixed(digits)}-${max.toFixed(digits)}`;

function notes(outcomes: readonly Outcome[]): string[] {
  const lines: string[] = [];
  for (const outcome of outcomes) {
    if (outcome.state === "not installed") lines.push(`${outcome.name}: not installed: ${outcome.install}`);
    else if (outcome.state === "failed") lines.push(`${outcome.name}: failed: ${outcome.reason}`);
    else if (outcome.note !== undefined) lines.push(`${outcome.name}: ${outcome.note}`);
  }
  return lines.length > 0 ? ["", ...lines] : [];
}
