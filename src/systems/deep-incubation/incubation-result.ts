import type { StudyContext, StudyResult } from "../../train/study.ts";
import { armResult, type ArmResult, type Done, wholeResult } from "./arm-results.ts";
import { divisionsOf } from "./backbone.ts";
import { incubationCost, criticalWork, totalWork } from "./cost.ts";
import { incubationPage } from "./incubation-page.ts";
import { armRuns } from "./plan.ts";
import type { IncubationRecipe } from "./schema.ts";

/** Every arm of a recipe: the incubation, and what it is compared with. */
export function armResults(recipe: IncubationRecipe, done: Done): ArmResult[] {
  return (["incubation", ...(recipe.arms ?? [])] as const).map((arm) => {
    const runs = armRuns(recipe, arm);
    return typeof runs === "string" ? wholeResult(arm, runs, done) : armResult(arm, runs, done);
  });
}

/** What the runs of one incubation show. */
export function incubationResult(recipe: IncubationRecipe, context: StudyContext): StudyResult {
  const arms = armResults(recipe, (id) => context.done(id));
  const units = incubationCost(recipe);
  const share = (work: number): string => (units.endToEnd === 0 ? "–" : (work / units.endToEnd).toFixed(3));
  const summary = {
    modules: divisionsOf(recipe.model, recipe.modules).target.length,
    units: { ...units, total: totalWork(units), criticalPath: criticalWork(units) },
    arms,
  };
  return {
    summary,
    lines: [
      ...arms.map(armLine),
      `work    ${share(totalWork(units))} of a training end to end; ${share(criticalWork(units))} with a machine for each module`,
    ],
    files: new Map([
      ["results.json", `${JSON.stringify(summary, null, 2)}\n`],
      ["report.html", incubationPage(recipe, context, arms)],
    ]),
  };
}

function armLine({ name, meta, assembled, final }: ArmResult): string {
  const parts = [
    meta === undefined ? "" : `meta ${percent(meta)}`,
    assembled === undefined ? "" : `assembled ${percent(assembled)}`,
    final === undefined ? "not done yet" : `at the end ${percent(final)}`,
  ];
  return `${name.padEnd(14)} ${parts.filter((part) => part !== "").join("  ")}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
