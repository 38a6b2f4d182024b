import type { PlanInput } from "../../train/plan.ts";
import type { ArmRuns } from "./arm-results.ts";
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
      ...planner.incubation("", "meta"),
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
      return planner.incubation("imitation-", "meta", { learnsBy: "imitation" });
    case "other-metas": {
      // the first module's meta model is the shared one, so the module itself is the incubation's
      const metaOf = (module: number): string => `other-meta-${module}`;
      const [first, ...others] = planner.modules;
      const metas = others.map((module) =>
        planner.whole(metaOf(module), { phase: "meta", ...phases?.meta, seed: seed + 1000 * module }),
      );
      const modules = others.map((module) => planner.module("other-", module, metaOf(module)));
      const ids = [planner.idOf("", first), ...others.map((module) => planner.idOf("other-", module))];
      return [...metas, ...modules, ...planner.assembled("other-", ids, { acceptOtherMetas: true })];
    }
  }
}

/** The runs of an arm, by what they are; of one that trains the target as a whole, its one run. */
export function armRuns(recipe: IncubationRecipe, arm: Arm | "incubation"): ArmRuns | string {
  if (arm === "end-to-end" || arm === "from-scratch") return arm;
  const modules = divisionsOf(recipe.model, recipe.modules).target.map((_, module) => module);
  const prefix = { incubation: "", imitation: "imitation-", "other-metas": "other-" }[arm];
  const others = arm === "other-metas" ? modules.slice(1) : [];
  return {
    metas: ["meta", ...others.map((module) => `other-meta-${module}`)],
    modules: modules.map((module) =>
      arm === "other-metas" && module === 0 ? "module-0" : `${prefix}module-${module}`,
    ),
    assembly: `${prefix}assembly`,
    tuning: `${prefix}tuning`,
  };
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
      recipe: { ...this.common, ...changes, planned: true, init: changes.phase === "meta" ? this.common.init : {} },
      takes,
      labels: { phase: changes.phase ?? "all" },
    };
  }

  /** Modules beside one meta model, their assembly and its fine-tuning. */
  incubation(prefix: string, meta: string, ofModules: Changes = {}): PlannedInput[] {
    return [
      ...this.modules.map((module) => this.module(prefix, module, meta, ofModules)),
      ...this.assembled(
        prefix,
        this.modules.map((module) => this.idOf(prefix, module)),
      ),
    ];
  }

  module(prefix: string, module: number, meta: string, changes: Changes = {}): PlannedInput {
    const ofPhase: Changes = { phase: "module", module, ...this.recipe.phases?.module, ...changes };
    return this.whole(this.idOf(prefix, module), ofPhase, { "init.from": meta });
  }

  /** `modules`, in the order of the network, put together and fine-tuned. */
  assembled(prefix: string, modules: readonly string[], changes: Changes = {}): PlannedInput[] {
    const assembly = `${prefix}assembly`;
    return [
      this.whole(assembly, { phase: "assembly", warmupEpochs: 0, ...changes }, { parts: [...modules] }),
      this.whole(`${prefix}tuning`, { phase: "tuning", ...this.recipe.phases?.tuning }, { "init.from": assembly }),
    ];
  }

  idOf(prefix: string, module: number): string {
    return `${prefix}module-${module}`;
  }
}
