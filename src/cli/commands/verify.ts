import { FoveaError } from "../../errors/fovea-error.ts";
import { showError } from "../../errors/show-error.ts";
import type { Command } from "../command.ts";

export const verify: Command = {
  path: "verify",
  summary: "read every checkpoint of a run and compare all checksums",
  usage: "RUN",
  things: [1, 1],
  flags: ["out", "json"],
  examples: ["verify first", "verify runs/first --json"],
  async run({ things: [name = ""], flags, terminal }) {
    const [{ RunDirectory }, { verifyDirectory }] = await Promise.all([
      import("../../train/run-directory.ts"),
      import("../../files/manifest.node.ts"),
    ]);
    const run = RunDirectory.open(name, flags.out);
    let damaged = 0;
    for (const { step, path } of run.checkpoints()) {
      const problem = problemOf(() => verifyDirectory(path));
      if (problem !== undefined) damaged++;
      terminal.result({ step, path, good: problem === undefined, ...(problem === undefined ? {} : { problem }) }, () =>
        problem === undefined ? `good     step ${step}` : `damaged  step ${step}: ${problem}`,
      );
    }
    return damaged === 0 ? 0 : 1;
  },
};

function problemOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof FoveaError) return showError(error);
    throw error;
  }
}
