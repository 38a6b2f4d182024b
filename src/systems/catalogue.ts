import { classify } from "../downstream/classify/method.ts";
import * as classifyRecipes from "../downstream/classify/recipes.ts";
import { unknownName } from "../errors/unknown-name.ts";
import type { Recipe } from "../train/recipe.ts";
import type { Study } from "../train/study.ts";
import type { Method } from "../train/task.ts";
import { dataScaling } from "./data-scaling/method.ts";
import * as dataScalingRecipes from "./data-scaling/recipes.ts";
import * as dataScalingStudies from "./data-scaling/studies.ts";
import { deepIncubation } from "./deep-incubation/method.ts";
import * as deepIncubationRecipes from "./deep-incubation/recipes.ts";
import * as deepIncubationStudies from "./deep-incubation/studies.ts";
import { knowledgeCondensation } from "./knowledge-condensation/method.ts";
import * as knowledgeCondensationRecipes from "./knowledge-condensation/recipes.ts";
import * as knowledgeCondensationStudies from "./knowledge-condensation/studies.ts";
import { uVitAutoencoder } from "./u-vit/autoencoder/method.ts";
import { uVit } from "./u-vit/method.ts";
import * as uVitRecipes from "./u-vit/recipes.ts";
import { uVitText } from "./u-vit/text/method.ts";

/** Every method, written out. A new system is its folder and its lines here. */
export const methods: readonly Method[] = [
  dataScaling,
  classify,
  uVit,
  knowledgeCondensation,
  deepIncubation,
  uVitAutoencoder,
  uVitText,
];

/** Every recipe by name, ROOM/EXPORT; recipe files of a room export recipes and nothing else. */
export const recipes: ReadonlyMap<string, Recipe> = new Map([
  ...named("data-scaling", dataScalingRecipes),
  ...named("classify", classifyRecipes),
  ...named("u-vit", uVitRecipes),
  ...named("deep-incubation", deepIncubationRecipes),
  ...named("knowledge-condensation", knowledgeCondensationRecipes),
]);

/** Every study by name, ROOM/EXPORT; study files of a room export studies and nothing else. */
export const studies: ReadonlyMap<string, Study> = new Map([
  ...namedStudies("data-scaling", dataScalingStudies),
  ...namedStudies("knowledge-condensation", knowledgeCondensationStudies),
  ...namedStudies("deep-incubation", deepIncubationStudies),
]);

function named(room: string, exported: Readonly<Record<string, Recipe>>): [string, Recipe][] {
  return Object.entries(exported).map(([name, recipe]) => [`${room}/${kebabCase(name)}`, recipe]);
}

function namedStudies(room: string, exported: Readonly<Record<string, Study>>): [string, Study][] {
  return Object.entries(exported).map(([name, study]) => [`${room}/${kebabCase(name)}`, study]);
}

/** `tinyCond` → `tiny-cond` */
function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The method called `name`. @throws FoveaError (exit code 2) with the nearest name where there is none */
export function findMethod(name: string): Method {
  const found = methods.find((method) => method.name === name);
  if (found !== undefined) return found;
  throw unknownName(
    "catalogue/method",
    "method",
    name,
    methods.map((method) => method.name),
  );
}

/** The recipe called `name`. @throws FoveaError (exit code 2) with the nearest name where there is none */
export function findRecipe(name: string): Recipe {
  const found = recipes.get(name);
  if (found !== undefined) return found;
  throw unknownName("catalogue/recipe", "recipe", name, [...recipes.keys()]);
}

/** The study called `name`. @throws FoveaError (exit code 2) with the nearest name where there is none */
export function findStudy(name: string): Study {
  const found = studies.get(name);
  if (found !== undefined) return found;
  throw unknownName("catalogue/study", "study", name, [...studies.keys()]);
}
