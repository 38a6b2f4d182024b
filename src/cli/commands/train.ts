import { relative } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { Call, Command } from "../command.ts";
import type { WhatToTrain } from "../train-recipe.ts";
import { timeStamp } from "../time-stamp.ts";

export const train: Command = {
  path: "train",
  summary: "train a recipe, or go on with a run",
  details:
    "RECIPE is a name (`fovea recipes`) or a file (.ts, .js, .yaml, .json). Values of the recipe are set by position: " +
    "key.path=value, where the value is JSON and a bare word is a string. The first Ctrl-C finishes the step and saves.",
  usage: "RECIPE|--resume RUN [key.path=value ...]",
  things: [0, 1],
  takesValues: true,
  flags: [
    "name",
    "out",
    "resume",
    "device",
    "threads",
    "seed",
    "dryRun",
    "overwrite",
    "quiet",
    "verbose",
    "json",
    "yes",
  ],
  examples: [
    "train data-scaling/tiny --name first",
    "train classify/tiny init.from=runs/first data.root=./photos --name mine",
    "train --resume mine",
  ],
  async run(call) {
    const [recipe] = call.things;
    const { resume } = call.flags;
    if ((recipe === undefined) === (resume === undefined)) {
      throw new FoveaError("cli/usage", "fovea train takes a RECIPE or --resume RUN, one of the two", {
        hint: "for example: fovea train data-scaling/tiny; `fovea recipes` lists the recipes",
        exitCode: 2,
      });
    }
    return resume === undefined ? trainNew(recipe as string, call) : trainOn(resume, call); // one is there
  },
};

async function trainNew(source: string, { values, flags, terminal }: Call): Promise<number> {
  const [{ recipeArgument }, { deviceFlags }, { resolveRecipe }, { RunDirectory }] = await Promise.all([
    import("../recipe-argument.ts"),
    import("../device-flags.ts"),
    import("../../train/recipe.ts"),
    import("../../train/run-directory.ts"),
  ]);
  const named = await recipeArgument(source);
  const recipe = resolveRecipe(named.recipe, values);
  deviceFlags(flags); // refused before there is a run
  const name = flags.name ?? `${named.stem}-${timeStamp()}`;
  if (flags.dryRun) return dryRun(named.recipe.method, recipe, `${flags.out}/${name}`, terminal);
  const run = RunDirectory.create(flags.out, name, { overwrite: flags.overwrite });
  return finish(run, { method: named.recipe.method, recipe, recipeName: source, run }, { flags, terminal });
}

async function trainOn(name: string, { values, flags, terminal }: Call): Promise<number> {
  const [{ runArgument }, { resolveRecipe }] = await Promise.all([
    import("../run-argument.ts"),
    import("../../train/recipe.ts"),
  ]);
  const { run, method } = runArgument(name, flags.out);
  const recipe = resolveRecipe({ method, values: run.readRecipe().values, about: "", smoke: {} }, values);
  if (flags.dryRun) return dryRun(method, recipe, run.path, terminal);
  return finish(run, { method, recipe, run, resume: true }, { flags, terminal });
}

async function finish(
  run: RunDirectory,
  what: WhatToTrain,
  { flags, terminal }: Pick<Call, "flags" | "terminal">,
): Promise<number> {
  const { trainRecipe } = await import("../train-recipe.ts");
  const { result, report, exitCode } = await trainRecipe(what, flags, terminal);
  const shown = relative("", run.path);
  terminal.result({ event: "end", run: run.path, report, ...result }, () => {
    if (report === undefined) return [];
    return [
      `run     ${shown}`,
      `report  ${relative("", report)}`,
      `next    fovea eval ${shown}   fovea export ${shown}`,
    ];
  });
  return exitCode;
}

async function dryRun(
  method: WhatToTrain["method"],
  recipe: WhatToTrain["recipe"],
  path: string,
  terminal: Call["terminal"],
): Promise<number> {
  const { estimateTraining, estimateLines } = await import("../estimate.ts");
  const estimate = await estimateTraining(method, recipe, (line) => terminal.note(line));
  terminal.result({ run: path, recipe, ...estimate }, () => [
    `would train ${method.name} in ${path}`,
    ...estimateLines(estimate),
  ]);
  return 0;
}
