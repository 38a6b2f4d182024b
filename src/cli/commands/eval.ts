import { RunDirectory } from "../../train/run-directory.ts";
import { findMethod } from "../../systems/catalogue.ts";
import type { Command } from "../command.ts";
import { deviceFlags } from "../device-flags.ts";
import { metricText } from "../metric-text.ts";

export const evaluate: Command = {
  path: "eval",
  summary: "evaluate a run on its held-out data",
  usage: "RUN",
  things: [1, 1],
  flags: ["out", "checkpoint", "device", "threads", "quiet", "json"],
  examples: ["eval first", "eval first --checkpoint last --json"],
  async run({ things: [name = ""], flags, terminal }) {
    const run = RunDirectory.open(name, flags.out);
    const method = findMethod(run.readRecipe().method);
    const { evaluateRun } = await import("../../train/evaluate-run.ts");
    const found = await evaluateRun({
      method,
      run,
      checkpoint: flags.checkpoint,
      log: (line) => terminal.note(line),
      ...deviceFlags(flags),
    });
    terminal.result({ run: run.path, ...found }, () => [
      `${run.name}, step ${found.step}`,
      ...Object.entries(found.metrics).map((metric) => `  ${metricText(metric)}`),
    ]);
  },
};
