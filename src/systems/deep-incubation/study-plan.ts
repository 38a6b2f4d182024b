import type { PlanInput } from "../../train/plan.ts";
import { resolveRecipe } from "../../train/recipe.ts";
import { mergeValues, type Values } from "../../train/recipe-values.ts";
import { grid, type StudyPlan } from "../../train/study.ts";
import { incubationPlan } from "./plan.ts";
import { deep, test, tiny, wide } from "./recipes.ts";
import type { IncubationRecipe } from "./schema.ts";
import type { IncubationStudySettings } from "./study-settings.ts";

/** One incubation of a study. */
export interface StudyCell {
  readonly seed: number;
  readonly fraction: number;
  readonly metaDepth: number;
  readonly budget: { readonly module: number; readonly tuning: number };
  readonly endToEndEpochs: number;
}

const presets = { test, tiny, deep, wide };

/** The cells of the grid; a longer training end to end is one more cell of the first budget. */
export const cellsOf = (settings: IncubationStudySettings): StudyCell[] =>
  grid({
    fraction: settings.fractions,
    metaDepth: settings.metaDepths,
    budget: settings.budgets,
    endToEndEpochs: settings.endToEndEpochs,
    seed: settings.seeds,
  });

/** The recipe of a cell: phase `all`. */
export function recipeOf(settings: IncubationStudySettings, cell: StudyCell): IncubationRecipe {
  const { preset, data, metaEpochs, warmup, depth, validationImages, arms } = settings;
  const { budget, fraction, metaDepth, seed, endToEndEpochs } = cell;
  const recipe = presets[preset];
  const own = recipe.values["data"] as Values; // an object in every preset
  const values = {
    seed,
    data: {
      ...data,
      imageSize: own["imageSize"],
      workers: 0,
      ...(fraction === 1 ? {} : { subset: { fraction, seed: 0 } }),
    },
    modules: { metaDepth },
    ...(depth === undefined ? {} : { model: { depth } }),
    ...(validationImages === undefined ? {} : { validation: { images: validationImages } }),
    checkpoints: { keep: 1 },
    loggers: { tensorboard: false },
    phases: {
      meta: { epochs: metaEpochs, warmupEpochs: warmup.meta * metaEpochs },
      module: { epochs: budget.module, warmupEpochs: warmup.module * budget.module },
      tuning: { epochs: budget.tuning },
      endToEnd: { epochs: endToEndEpochs, warmupEpochs: warmup.meta * endToEndEpochs },
    },
    arms,
  };
  return resolveRecipe({ ...recipe, values: mergeValues(recipe.values, values) });
}

/**
 * All incubations of a study. What cells have in common is trained once: a meta model for all budgets, modules for all
 * lengths of fine-tuning.
 */
export function studyPlan(settings: IncubationStudySettings, name: string): Promise<StudyPlan> {
  const runs = new Map<string, PlanInput["runs"][number]>();
  for (const cell of cellsOf(settings)) {
    const idOf = (id: string): string => cellId(cell, id);
    for (const run of incubationPlan(recipeOf(settings, cell), name).runs) {
      const takes = Object.entries(run.takes ?? {}).map(([key, from]) => [
        key,
        typeof from === "string" ? idOf(from) : from.map(idOf),
      ]);
      const { budget, ...place } = cell;
      const labels = { ...run.labels, ...place, module: budget.module, tuning: budget.tuning };
      runs.set(idOf(run.id), {
        ...run,
        id: idOf(run.id),
        takes: Object.fromEntries(takes) as typeof run.takes,
        labels,
      });
    }
  }
  return Promise.resolve({ plan: { name, runs: [...runs.values()] } });
}

/** Id of a cell's run: it names what the run depends on, and no more. */
export function cellId({ seed, fraction, metaDepth, budget, endToEndEpochs }: StudyCell, id: string): string {
  const images = `r${seed}-f${Math.round(1000 * fraction) / 10}`;
  if (id === "end-to-end") return `${images}-e${endToEndEpochs}-${id}`;
  if (id === "from-scratch") return `${images}-t${budget.tuning}-${id}`;
  const meta = `${images}-d${metaDepth}`;
  if (/^(other-)?meta/.test(id)) return `${meta}-${id}`;
  if (/assembly$|module-\d+$/.test(id)) return `${meta}-m${budget.module}-${id}`;
  return `${meta}-m${budget.module}-t${budget.tuning}-${id}`;
}
