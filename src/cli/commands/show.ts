import { existsSync } from "node:fs";
import { join } from "node:path";
import { escapeControls } from "../../errors/show-error.ts";
import type { PlanEstimate } from "../../jobs/estimate.ts";
import type { Plan } from "../../train/plan.ts";
import type { Command } from "../command.ts";
import type { Terminal } from "../terminal.ts";

export const show: Command = {
  path: "show",
  summary: "the resolved recipe, parameters, work, memory and time; trains nothing",
  details:
    "Builds the training step and measures the machine for half a second. Of a recipe of several runs, or of the folder " +
    "that one has begun, it times each kind of run and prints what waits for what. --schema prints the JSON Schema of the " +
    "recipe, for editors.",
  usage: "RECIPE|FOLDER [key.path=value ...]",
  things: [1, 1],
  takesValues: true,
  flags: ["out", "threads", "seed", "schema", "json"],
  examples: ["show data-scaling/tiny", "show classify/tiny batchSize=128 --json", "show deep-incubation/tiny"],
  async run({ things: [source = ""], values, flags, terminal }) {
    const folder = [source, join(flags.out, source)].find((path) => existsSync(join(path, "plan.json")));
    if (folder !== undefined) return showFolder(folder, terminal);
    const [{ recipeArgument }, { resolveRecipe }, { z }, { stringify }] = await Promise.all([
      import("../recipe-argument.ts"),
      import("../../train/recipe.ts"),
      import("zod"),
      import("yaml"),
    ]);
    const { recipe } = await recipeArgument(source);
    if (flags.schema) {
      const schema = z.toJSONSchema(recipe.method.schema, { io: "input", unrepresentable: "any" });
      return terminal.print(JSON.stringify(schema, null, 2));
    }
    const resolved = resolveRecipe(recipe, values);
    const study = recipe.method.study?.(resolved);
    if (study !== undefined) {
      const { prepareStudy } = await import("../study-start.ts");
      const path = join(flags.out, source.replaceAll("/", "-"));
      return showPlan(await prepareStudy(study, resolved, { name: source, path, flags, terminal }), source, terminal);
    }
    const { estimateTraining, estimateLines } = await import("../estimate.ts");
    const estimate = await estimateTraining(recipe.method, resolved, (line) => terminal.note(line));
    terminal.result({ recipe: source, method: recipe.method.name, values: resolved, ...estimate }, () => [
      terminal.paint.bold(source),
      ...stringify(resolved)
        .trimEnd()
        .split("\n")
        .map((line) => `  ${escapeControls(line)}`),
      ...estimateLines(estimate),
    ]);
  },
};

/** A folder that `fovea train` or `fovea sweep` has begun, by what was timed then. */
async function showFolder(folder: string, terminal: Terminal): Promise<void> {
  const [{ readStarted }, { PlanFolder }] = await Promise.all([
    import("../started-study.ts"),
    import("../../jobs/plan-folder.ts"),
  ]);
  const { study, estimate } = readStarted(folder);
  const { plan } = PlanFolder.open(folder);
  if (estimate === undefined) return terminal.note(`${folder}: ${plan.runs.length} runs of ${study}, not timed yet`);
  return showPlan({ plan, estimate }, study, terminal);
}

async function showPlan(
  { plan, estimate }: { readonly plan: Plan; readonly estimate: PlanEstimate },
  name: string,
  terminal: Terminal,
): Promise<void> {
  const { planLines, planOverview } = await import("../plan-table.ts");
  const overview = planOverview(plan, estimate);
  terminal.result({ plan: name, ...overview }, () => [terminal.paint.bold(name), ...planLines(terminal, overview)]);
}
