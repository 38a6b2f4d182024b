import type { Command } from "../command.ts";
import { metricText } from "../metric-text.ts";

export const evaluate: Command = {
  path: "eval",
  summary: "evaluate a run on its held-out data",
  usage: "RUN",
  things: [1, 1],
  flags: ["out", "checkpoint", "device", "threads", "quiet", "verbose", "json"],
  examples: ["eval first", "eval first --checkpoint last --json"],
  async run({ things: [name = ""], flags, terminal }) {
    const [{ runArgument }, { deviceFlags }, { evaluateRun }] = await Promise.all([
      import("../run-argument.ts"),
      import("../device-flags.ts"),
      import("../../train/evaluate-run.ts"),
    ]);
    const { run, method } = runArgument(name, flags.out);
    const found = await evaluateRun({
      method,
      run,
      checkpoint: flags.checkpoint,
      log: (line) => terminal.detail(line),
      ...deviceFlags(flags),
    });
    terminal.result({ run: run.path, ...found }, () => [
      `${run.name}, step ${found.step}`,
      ...Object.entries(found.metrics).map((metric) => `  ${metricText(metric)}`),
    ]);
  },
};
