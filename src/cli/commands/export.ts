import { relative } from "node:path";
import type { Command } from "../command.ts";

export const exportModel: Command = {
  path: "export",
  summary: "an ONNX file with preprocessing and labels inside, verified against the run",
  usage: "RUN",
  things: [1, 1],
  flags: ["out", "checkpoint", "raw", "quiet", "json"],
  examples: ["export first", "export first --checkpoint last --json", "export first --raw"],
  async run({ things: [name = ""], flags, terminal }) {
    const [{ runArgument }, { exportRun }] = await Promise.all([
      import("../run-argument.ts"),
      import("../../train/export-run.ts"),
    ]);
    const { run, method } = runArgument(name, flags.out);
    const { path, maxDifference, metadata } = await exportRun({
      method,
      run,
      checkpoint: flags.checkpoint,
      raw: flags.raw,
    });
    terminal.result({ run: run.path, path, maxDifference, metadata }, () => [
      `model   ${relative("", path)}`,
      `check   largest difference from the run's own outputs ${maxDifference.toExponential(1)}`,
      `next    fovea predict ${relative("", path)} IMAGE...`,
    ]);
  },
};
