import type { Study } from "../../train/study.ts";
import { incubationResult } from "./incubation-result.ts";
import { incubationPlan } from "./plan.ts";
import { incubationSchema, type IncubationRecipe } from "./schema.ts";

/** A recipe of phase `all`: its plan, and what its runs show. */
export const incubation: Study<IncubationRecipe> = {
  about: "meta model, modules apart, assembly, fine-tuning",
  schema: incubationSchema,
  settings: {},
  smoke: {},
  plan: (recipe, name) => Promise.resolve({ plan: incubationPlan(recipe, name) }),
  result: (recipe, context) => Promise.resolve(incubationResult(recipe, context)),
};
