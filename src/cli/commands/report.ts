import { relative } from "node:path";
import { findMethod } from "../../systems/catalogue.ts";
import { RunDirectory } from "../../train/run-directory.ts";
import type { Command } from "../command.ts";

export const report: Command = {
  path: "report",
  summary: "write report.html of a run again, from its files",
  usage: "RUN",
  things: [1, 1],
  flags: ["out", "json"],
  examples: ["report first", "report runs/first --json"],
  async run({ things: [name = ""], flags, terminal }) {
    const run = RunDirectory.open(name, flags.out);
    const method = findMethod(run.readRecipe().method);
    const { writeReport } = await import("../../train/write-report.ts");
    const path = await writeReport(method, run);
    terminal.result({ run: run.path, report: path }, () => relative("", path));
  },
};
