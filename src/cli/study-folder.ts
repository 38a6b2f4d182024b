import { FoveaError } from "../errors/fovea-error.ts";
import { PlanFolder } from "../jobs/plan-folder.ts";
import { studies } from "../systems/catalogue.ts";
import { checkValues } from "../train/check-values.ts";
import { checkRecipe } from "../train/recipe.ts";
import type { Values } from "../train/recipe-values.ts";
import type { Study, StudyResult } from "../train/study.ts";
import { recipeArgument } from "./recipe-argument.ts";
import { readStarted } from "./started-study.ts";

/** What the finished runs in the folder of a study, or of a recipe of several runs, show: read again. */
export async function resultOfFolder(path: string): Promise<StudyResult> {
  const folder = PlanFolder.open(path);
  const { study: name, settings } = readStarted(path);
  const { study, checked } = await studyOf(name, settings);
  return study.result(checked, folder.context(name));
}

/** @throws FoveaError (exit code 2) for a name that this version does not know */
async function studyOf(name: string, settings: Values): Promise<{ study: Study; checked: unknown }> {
  const listed = studies.get(name);
  if (listed !== undefined) {
    const what = { what: `settings of ${name}`, hint: "another version of fovea may have begun it" };
    return { study: listed, checked: checkValues(listed.schema, settings, what) };
  }
  const { method } = (await recipeArgument(name)).recipe;
  const recipe = checkRecipe(method, settings);
  const study = method.study?.(recipe);
  if (study !== undefined) return { study, checked: recipe };
  throw new FoveaError("study/unknown", `${name} is one run now, not a study`, { exitCode: 2 });
}
