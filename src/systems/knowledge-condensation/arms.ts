import { z } from "zod";
import type { PlanInput } from "../../train/plan.ts";
import { mergeRecipe, type Recipe, resolveRecipe } from "../../train/recipe.ts";
import { mergeValues, type Values } from "../../train/recipe-values.ts";
import { grid, type StudyPlan } from "../../train/study.ts";
import { distillerNames } from "./distillers/list.ts";
import { knowledgeCondensation } from "./method.ts";
import { small, tiny } from "./recipes.ts";
import type { KnowledgeCondensationRecipe } from "./schema.ts";

const bare = { enabled: false } as const;

/** What each arm changes of the recipe; every seed gives all arms the same student to start from and the same order. */
const changes = {
  "cross-entropy": { distiller: { name: "none" }, condensation: bare },
  full: { condensation: bare },
  condensed: {},
  unmixed: { condensation: { mix: false } },
  random: { condensation: { mix: false, value: "random" } },
  lowest: { condensation: { mix: false, value: "low-entropy" } },
  /** The whole set for as many visits as the condensed arm has: its epochs are fewer. */
  shortened: { condensation: bare },
} as const satisfies Record<string, Values>;

export type Arm = keyof typeof changes;
const arms = Object.keys(changes) as [Arm, ...Arm[]]; // keys of a written-out record

/** Settings of the comparison of section 9. */
export const armsSchema = z.strictObject({
  base: z.enum(["tiny", "small"]).default("tiny"),
  /** Laid over the recipe's `data`: `data.root=DIR`. */
  data: z.record(z.string(), z.unknown()).default({}),
  /** A run or ONNX file. */
  teacher: z.string().min(1).optional(),
  /** The recipe's `teacherModel` where weights come from a file. */
  teacherModel: z.record(z.string(), z.unknown()).optional(),
  arms: z.array(z.enum(arms)).min(2).readonly().default(arms),
  seeds: z.array(z.int().min(0)).min(1).readonly().default([0, 1, 2, 3, 4, 5, 6, 7]),
  /** The distiller of all arms but cross-entropy. */
  distiller: z.enum(distillerNames).default("kd"),
  negatives: z.int().min(1).default(1024),
  /** ρ of the condensed arms. */
  keep: z.number().gt(0).max(1).default(0.7),
  epochs: z.int().min(1).optional(),
});

export type ArmsSettings = z.infer<typeof armsSchema>;

/** Id of a run in the plan. */
export const armId = (arm: Arm, seed: number): string => `${arm}-s${seed}`;

/** One run for each arm and seed, seeds outermost, so that whole pairs are done first. */
export function armsPlan(settings: ArmsSettings, name: string): Promise<StudyPlan> {
  const runs: PlanInput["runs"] = grid({ seed: settings.seeds, arm: settings.arms }).map(({ arm, seed }) => ({
    id: armId(arm, seed),
    method: knowledgeCondensation.name,
    recipeName: name,
    recipe: { ...recipeOf(settings, arm, seed) },
    labels: { arm, seed },
  }));
  return Promise.resolve({ plan: { name, runs } });
}

function recipeOf(settings: ArmsSettings, arm: Arm, seed: number): KnowledgeCondensationRecipe {
  const { base, data, teacher, teacherModel, distiller, negatives, keep } = settings;
  const recipe: Recipe<KnowledgeCondensationRecipe> = base === "tiny" ? tiny : small;
  const epochs = settings.epochs ?? Number(recipe.values["epochs"]);
  const common: Values = {
    ...(teacher === undefined ? {} : { teacher }),
    ...(teacherModel === undefined ? {} : { teacherModel }),
    data,
    distiller: { name: distiller, negatives },
    condensation: { keep },
    epochs: arm === "shortened" ? shortened(epochs, keep) : epochs,
    seed,
  };
  return resolveRecipe(mergeRecipe(recipe, mergeValues(common, changes[arm])));
}

/** Epochs of equal visits: 1 − (1 − ρ)·15/36 of them. */
const shortened = (epochs: number, keep: number): number =>
  Math.max(1, Math.round(epochs * (1 - ((1 - keep) * 15) / 36)));
