import { relative } from "node:path";
import { duration } from "../../train/progress.ts";
import type { RunRow } from "../../train/run-directory.ts";
import type { Command } from "../command.ts";
import { metricText } from "../metric-text.ts";
import { tableLines } from "../table.ts";

export const runsLs: Command = {
  path: "runs ls",
  summary: "the table of runs, newest first",
  usage: "",
  things: [0, 0],
  flags: ["out", "json"],
  examples: ["runs ls", "runs ls --json", "runs ls --out runs"],
  async run({ flags, terminal }) {
    const { listRuns } = await import("../../train/run-directory.ts");
    const rows = listRuns(flags.out);
    if (terminal.json) {
      for (const row of rows) terminal.result(row, () => []);
      return;
    }
    if (rows.length === 0) return terminal.note(`no runs below ${flags.out}; \`fovea train RECIPE\` makes one`);
    const columns = ["RUN", "STATE", "STEP", "TIME", "METRICS"].map((name) => ({
      name,
      ...(name === "STEP" ? { align: "right" as const } : {}),
    }));
    for (const line of tableLines(
      terminal,
      columns,
      rows.map((row) => cells(row, relative(flags.out, row.path))),
    ))
      terminal.print(line);
  },
};

/** `name` is what `eval`, `export` and `--resume` take: PLAN/ID for a run of a plan. */
function cells({ state, info, problem }: RunRow, name: string): string[] {
  if (info === undefined) return [name, state, "", "", problem ?? ""];
  const metrics = Object.entries(info.metrics).slice(0, 3).map(metricText).join("  ");
  return [name, state, `${info.step}/${info.steps}`, duration(info.cost.seconds), metrics];
}
