import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { escapeControls } from "../../errors/show-error.ts";
import type { Call, Command } from "../command.ts";
import type { FirstLight } from "../first-light/first-light.ts";
import { timeStamp } from "../time-stamp.ts";

export const start: Command = {
  path: "start",
  summary: "the whole job in minutes: pre-train, fine-tune, evaluate, export, predict, report",
  details:
    "Runs data-scaling/tiny and, from its weights, classify/tiny on the embedded data set, or on your images with " +
    "data.root=DIR. Values are set in both recipes.",
  usage: "[key.path=value ...]",
  things: [0, 0],
  takesValues: true,
  flags: ["name", "out", "resume", "device", "threads", "seed", "quiet", "verbose", "json"],
  examples: ["start", "start data.root=./photos --name photos", "start --resume start-20260101-120000"],
  async run(call) {
    const { flags, terminal } = call;
    const folder = folderOf(call);
    const { firstLight } = await import("../first-light/first-light.ts");
    const { exitCode, outcome } = await firstLight(folder, call);
    if (outcome === undefined) {
      const out = flags.out === "runs" ? "" : ` --out ${flags.out}`;
      terminal.note(`the rest of the job too:\n  fovea start --resume ${basename(folder)}${out}`);
      return exitCode;
    }
    terminal.result(outcome, () => where(outcome));
    return exitCode;
  },
};

/** A new folder, or with `--resume` one that is there. */
function folderOf({ flags }: Call): string {
  const name = flags.resume ?? flags.name ?? `start-${timeStamp()}`;
  const folder = join(flags.out, name);
  const there = existsSync(folder);
  if (flags.resume !== undefined && !there) {
    throw new FoveaError("start/missing", `no folder ${folder} to go on with`, {
      hint: "`fovea runs ls` lists the runs",
      exitCode: 2,
    });
  }
  if (flags.resume === undefined && there) {
    throw new FoveaError("run/exists", `${folder} exists already`, {
      hint: `choose another --name, or go on with it: fovea start --resume ${name}`,
      exitCode: 2,
    });
  }
  return folder;
}

/** Where to look. */
function where({ folder, metrics, model, predictions, report }: FirstLight["outcome"] & object): string[] {
  const shown = (path: string): string => relative("", path);
  const accuracy = metrics["val/accuracy"];
  return [
    "",
    ...(accuracy === undefined ? [] : [`accuracy on held-out images: ${(100 * accuracy).toFixed(1)}%`]),
    ...predictions.map(({ path, top: [best] }) =>
      escapeControls(`  ${basename(path).padEnd(24)} ${best?.label ?? ""} ${(100 * (best?.score ?? 0)).toFixed(0)}%`),
    ),
    "",
    "look at",
    `  ${shown(report)}   curves, reconstructions, confusion matrix: open it in a browser`,
    `  ${shown(model)}   the model, with preprocessing and labels inside`,
    `  ${shown(folder)}/pretrain, ${shown(folder)}/finetune   the run directories`,
    "next",
    `  npx fovea predict ${shown(model)} YOUR-IMAGES`,
    "  npx fovea start data.root=FOLDER-OF-CLASS-FOLDERS",
  ];
}
