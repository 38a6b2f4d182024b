import { basename, extname } from "node:path";
import { findRecipe } from "../systems/catalogue.ts";
import type { Recipe } from "../train/recipe.ts";
import { isRecipeFile, loadRecipeFile } from "./recipe-file.ts";

/** RECIPE of the command line: a name of the catalogue or a file, with the name that its runs get. */
export interface NamedRecipe {
  readonly recipe: Recipe;
  /** As the user wrote it. */
  readonly source: string;
  /** `data-scaling-tiny`: ROOM-PRESET, or ROOM-FILE. */
  readonly stem: string;
}

/** @throws FoveaError (exit code 2) for an unknown name, with the nearest one, or for a file that holds no recipe */
export async function recipeArgument(source: string): Promise<NamedRecipe> {
  if (!isRecipeFile(source)) return { recipe: findRecipe(source), source, stem: source.replaceAll("/", "-") };
  const recipe = await loadRecipeFile(source);
  const file = basename(source, extname(source)).replaceAll(/[^A-Za-z0-9._-]/g, "-");
  return { recipe, source, stem: `${recipe.method.name}-${file}` };
}
