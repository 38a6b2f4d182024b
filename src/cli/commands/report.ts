import { relative } from "node:path";
import type { Command } from "../command.ts";

export const report: Command = {
  path: "report",
  summary: "write report.html of a run again, from its files",
  usage: "RUN",
  things: [1, 1],
  flags: ["out", "json"],
  examples: ["report first", "report runs/first --json"],
  async run({ things: [name = ""], flags, terminal }) {
    const [{ runArgument }, { writeReport }] = await Promise.all([
      import("../run-argument.ts"),
      import("../../train/write-report.ts"),
    ]);
    const { run, method } = runArgument(name, flags.out);
    const path = await writeReport(method, run);
    terminal.result({ run: run.path, report: path }, () => relative("", path));
  },
};
