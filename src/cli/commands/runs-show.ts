import { escapeControls } from "../../errors/show-error.ts";
import { duration } from "../../train/progress.ts";
import type { Command } from "../command.ts";
import { metricText } from "../metric-text.ts";

export const runsShow: Command = {
  path: "runs show",
  summary: "one run: how it stands, what it cost, its checkpoints",
  usage: "RUN",
  things: [1, 1],
  flags: ["out", "json"],
  examples: ["runs show first", "runs show first --json"],
  async run({ things: [name = ""], flags, terminal }) {
    const { RunDirectory } = await import("../../train/run-directory.ts");
    const run = RunDirectory.open(name, flags.out);
    const { state } = run.row();
    const info = run.readInfo();
    const checkpoints = run.checkpoints().map(({ step }) => step);
    terminal.result({ path: run.path, ...info, state, checkpoints, recipe: run.readRecipe() }, () =>
      [
        ["run", run.path],
        ["recipe", `${info.recipe} (${info.method}), seed ${info.seed}`],
        ["state", `${state}, step ${info.step} of ${info.steps}${info.reason === undefined ? "" : `: ${info.reason}`}`],
        ["metrics", Object.entries(info.metrics).map(metricText).join("  ") || "none yet"],
        [
          "cost",
          `${(info.cost.flops / 1e12).toFixed(2)} TFLOP, ${info.cost.images.toLocaleString("en-US")} images, ${duration(info.cost.seconds)}`,
        ],
        ["machine", `${info.device}, ${info.threads} threads, ${info.processor}`],
        ["started", info.started],
        ["checkpoints", checkpoints.join(", ") || "none"],
      ].map(([key = "", value = ""]) => `${key.padEnd(12)} ${escapeControls(value)}`),
    );
  },
};
