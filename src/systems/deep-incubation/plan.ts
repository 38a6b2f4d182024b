import type { PlanInput } from "../../train/plan.ts";
import { divisionsOf } from "./backbone.ts";
import type { Arm, IncubationRecipe } from "./schema.ts";

type PlannedInput = PlanInput["runs"][number];

/**
 * The runs of one incubation and what each waits for: meta model → modules, which wait for nothing else → assembly →
 * fine-tuning (section 2), and beside them what the recipe's `arms` compare it with.
 *
 * @param recipeName for people: `deep-incubation/tiny`
 */
export function incubationPlan(recipe: IncubationRecipe, recipeName: string): PlanInput {
  const planner = new Planner(recipe, recipeName);
  const arms = recipe.arms ?? [];
  return {
    name: recipeName,
    runs: [
      planner.whole("meta", { phase: "meta", ...recipe.phases?.meta }),
      ...planner.incubation("", () => "meta"),
      ...arms.flatMap((arm) => armOf(planner, arm)),
    ],
  };
}

function armOf(planner: Planner, arm: Arm): PlannedInput[] {
  const { phases, seed } = planner.recipe;
  switch (arm) {
    case "end-to-end":
      return [planner.whole("end-to-end", { phase: "end-to-end", ...phases?.endToEnd })];
    case "from-scratch":
      return [planner.whole("from-scratch", { phase: "end-to-end", ...phases?.tuning })];
    case "imitation":
      return planner.incubation("imitation-", () => "meta", { learnsBy: "imitation" });
    case "other-metas": {
      const metaOf = (module: number): string => (module === 0 ? "meta" : `other-meta-${module}`);
      const metas = planner.modules
        .slice(1)
        .map((module) => planner.whole(metaOf(module), { phase: "meta", ...phases?.meta, seed: seed + 1000 * module }));
      return [...metas, ...planner.incubation("other-", metaOf, {}, { acceptOtherMetas: true })];
    }
  }
}

type Changes = { readonly [K in keyof IncubationRecipe]?: IncubationRecipe[K] | undefined };

class Planner {
  /** Module numbers. */
  readonly modules: readonly number[];
  /** What every run has: no phases and arms, which are the plan's. */
  private readonly common: Omit<IncubationRecipe, "phases" | "arms">;

  constructor(
    readonly recipe: IncubationRecipe,
    private readonly recipeName: string,
  ) {
    const { phases: _phases, arms: _arms, ...common } = recipe;
    this.common = common;
    this.modules = divisionsOf(recipe.model, recipe.modules).target.map((_, module) => module);
  }

  /** A run of a network that learns as a whole. */
  whole(id: string, changes: Changes, takes: PlannedInput["takes"] = {}): PlannedInput {
    return {
      id,
      method: "deep-incubation",
      recipeName: this.recipeName,
      recipe: { ...this.common, ...changes, init: changes.phase === "meta" ? this.common.init : {} },
      takes,
      labels: { phase: changes.phase ?? "all" },
    };
  }

  /** Modules, their assembly and its fine-tuning, called `prefix`module-0 …, `prefix`assembly, `prefix`tuning. */
  incubation(
    prefix: string,
    metaOf: (module: number) => string,
    ofModules: Changes = {},
    ofAssembly: Changes = {},
  ): PlannedInput[] {
    const { phases } = this.recipe;
    const idOf = (module: number): string => `${prefix}module-${module}`;
    return [
      ...this.modules.map((module) =>
        this.whole(
          idOf(module),
          { phase: "module", module, ...phases?.module, ...ofModules },
          { "init.from": metaOf(module) },
        ),
      ),
      this.whole(
        `${prefix}assembly`,
        { phase: "assembly", warmupEpochs: 0, ...ofAssembly },
        { parts: this.modules.map(idOf) },
      ),
      this.whole(`${prefix}tuning`, { phase: "tuning", ...phases?.tuning }, { "init.from": `${prefix}assembly` }),
    ];
  }
}
