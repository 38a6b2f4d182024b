import { existsSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Command } from "../command.ts";
import { timeStamp } from "../time-stamp.ts";

export const assemble: Command = {
  path: "assemble",
  summary: "put modules that were trained apart together, and measure what they give",
  details:
    "MODULE is a run of deep-incubation's phase module, or a file of weights of its whole hybrid network, in the order of " +
    "the network. The recipe is the first run's; files alone need its values (model, modules, data). Modules of different " +
    "meta models are refused unless acceptOtherMetas=true. Fine-tune what comes out: fovea train RECIPE phase=tuning " +
    "init.from=RUN.",
  usage: "MODULE... --name RUN [key.path=value ...]",
  things: [1, 64],
  takesValues: true,
  flags: ["name", "out", "device", "threads", "overwrite", "quiet", "verbose", "json"],
  examples: [
    "assemble runs/mine/module-0 runs/mine/module-1 runs/mine/module-2 runs/mine/module-3 --name whole",
    "assemble a.safetensors b.safetensors --name whole modules.count=2 data.root=./photos",
  ],
  async run({ things, values, flags, terminal }) {
    const [{ RunDirectory }, { resolveRecipe }, { deepIncubation }, { trainRecipe }, { deviceFlags }] =
      await Promise.all([
        import("../../train/run-directory.ts"),
        import("../../train/recipe.ts"),
        import("../../systems/deep-incubation/method.ts"),
        import("../train-recipe.ts"),
        import("../device-flags.ts"),
      ]);
    const parts = things.map((thing) => (isFile(thing) ? resolve(thing) : RunDirectory.open(thing, flags.out).path));
    const first = things.find((thing) => !isFile(thing));
    const before = first === undefined ? {} : RunDirectory.open(first, flags.out).readRecipe().values;
    const { module: _module, init: _init, planned: _planned, ...common } = before;
    const recipe = resolveRecipe(
      {
        method: deepIncubation,
        about: "",
        smoke: {},
        values: { ...common, phase: "assembly", warmupEpochs: 0, parts },
      },
      values,
    );
    deviceFlags(flags); // refused before there is a run
    const name = flags.name ?? `deep-incubation-assembly-${timeStamp()}`;
    const run = RunDirectory.create(flags.out, name, { overwrite: flags.overwrite });
    const what = { method: deepIncubation, recipe, recipeName: "deep-incubation", run };
    const { result, report, exitCode } = await trainRecipe(what, flags, terminal);
    const shown = relative("", run.path);
    terminal.result({ event: "end", run: run.path, report, ...result }, () => [
      `run     ${shown}`,
      ...(report === undefined ? [] : [`report  ${relative("", report)}`]),
      `next    fovea train deep-incubation/tiny phase=tuning init.from=${shown}, with the recipe of its modules`,
    ]);
    return exitCode;
  },
};

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
