import { existsSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { Study } from "../../train/study.ts";
import type { Call, Command } from "../command.ts";
import type { WhatToTrain } from "../train-recipe.ts";
import { timeStamp } from "../time-stamp.ts";

export const train: Command = {
  path: "train",
  summary: "train a recipe, or go on with a run",
  details:
    "RECIPE is a name (`fovea recipes`) or a file (.ts, .js, .yaml, .json). Values of the recipe are set by position: " +
    "key.path=value, where the value is JSON and a bare word is a string. The first Ctrl-C finishes the step and saves. A " +
    "recipe of several runs (deep-incubation/tiny) makes a folder with a run in it for each, --workers of them at a time.",
  usage: "RECIPE|--resume RUN [key.path=value ...]",
  things: [0, 1],
  takesValues: true,
  flags: [
    "name",
    "out",
    "resume",
    "device",
    "threads",
    "workers",
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

async function trainNew(source: string, call: Call): Promise<number> {
  const { values, flags, terminal } = call;
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
  const study = named.recipe.method.study?.(recipe);
  if (study !== undefined) return trainPlan(study, recipe, source, { ...call, flags: { ...flags, name } });
  if (flags.dryRun) return dryRun(named.recipe.method, recipe, `${flags.out}/${name}`, terminal);
  const run = RunDirectory.create(flags.out, name, { overwrite: flags.overwrite });
  return finish(run, { method: named.recipe.method, recipe, recipeName: source, run }, { flags, terminal });
}

/** A recipe of several runs: `runs/NAME/` with a run directory for each. Called again it goes on. */
async function trainPlan(study: Study, recipe: unknown, source: string, call: Call): Promise<number> {
  const { runStudy } = await import("./sweep.ts");
  return runStudy(study, recipe, source, { ...call, flags: { ...call.flags, yes: true } });
}

async function trainOn(name: string, call: Call): Promise<number> {
  const { values, flags, terminal } = call;
  const folder = [name, join(flags.out, name)].find((path) => existsSync(join(path, "plan.json")));
  if (folder !== undefined) return trainPlanOn(folder, call);
  const [{ runArgument }, { resolveRecipe }] = await Promise.all([
    import("../run-argument.ts"),
    import("../../train/recipe.ts"),
  ]);
  const { run, method } = runArgument(name, flags.out);
  const recipe = resolveRecipe({ method, values: run.readRecipe().values, about: "", smoke: {} }, values);
  if (flags.dryRun) return dryRun(method, recipe, run.path, terminal);
  return finish(run, { method, recipe, run, resume: true }, { flags, terminal });
}

/** Goes on with a folder that `trainPlan` began: its recipe stands in its study.json. */
async function trainPlanOn(folder: string, call: Call): Promise<number> {
  const [{ recipeArgument }, { resolveRecipe }, { readStarted }] = await Promise.all([
    import("../recipe-argument.ts"),
    import("../../train/recipe.ts"),
    import("../started-study.ts"),
  ]);
  const started = readStarted(folder);
  const { recipe } = await recipeArgument(started.study);
  const resolved = resolveRecipe({ ...recipe, values: started.settings }, call.values);
  const study = recipe.method.study?.(resolved);
  if (study === undefined) {
    throw new FoveaError("cli/usage", `${folder} was begun by fovea sweep ${started.study}`, {
      hint: `go on with it: fovea sweep ${started.study} --name ${basename(folder)}`,
      exitCode: 2,
    });
  }
  const flags = { ...call.flags, out: dirname(folder), name: basename(folder) };
  return trainPlan(study, resolved, started.study, { ...call, flags });
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
