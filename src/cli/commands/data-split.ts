import { FoveaError } from "../../errors/fovea-error.ts";
import { escapeControls } from "../../errors/show-error.ts";
import type { Command } from "../command.ts";

export const dataSplit: Command = {
  path: "data split",
  summary: "divide a folder of class folders by lists, without copying",
  details:
    "Writes train.txt and val.txt (path and label in each line) and classes.txt into DIR; from then on training reads DIR by " +
    "them. The same share of each class is held out; the same picture is never on both sides. --fractions writes " +
    "train-0.1.txt and so on: nested, balanced parts of train.txt.",
  usage: "DIR",
  things: [1, 1],
  flags: ["val", "seed", "fractions", "overwrite", "quiet", "verbose", "json"],
  examples: ["data split ./photos --val 0.1 --seed 0", "data split ./photos --fractions 0.1,0.2,0.5 --overwrite"],
  async run({ things: [root], flags, terminal }) {
    const { splitFiles } = await import("../../data/split-files.ts");
    const report = await splitFiles(root, {
      val: flags.val,
      seed: seedOf(flags.seed),
      fractions: flags.fractions ?? [],
      overwrite: flags.overwrite,
      progress: (done, total) => {
        if (done % 100 === 0) terminal.detail(`${done} of ${total} images`);
      },
    });
    terminal.result(report, () =>
      [
        `${root}: ${report.train} train and ${report.val} val of ${report.classes.length} classes, in ${report.lists.join(", ")}`,
        `  the same picture again: ${report.duplicates} (each on the side of the first)`,
        ...report.unreadable.map((path) => `  cannot be read, in no list: ${path}`),
      ].map(escapeControls),
    );
  },
};

function seedOf(text = "0"): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new FoveaError("cli/flag", `--seed takes a whole number from 0, got ${JSON.stringify(text)}`, { exitCode: 2 });
}
