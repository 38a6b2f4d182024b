import { escapeControls } from "../../errors/show-error.ts";
import type { Command } from "../command.ts";

export const show: Command = {
  path: "show",
  summary: "the resolved recipe, parameters, work, memory and time; trains nothing",
  details:
    "Builds the training step and measures the machine for half a second. --schema prints the JSON Schema of the recipe, for editors.",
  usage: "RECIPE [key.path=value ...]",
  things: [1, 1],
  takesValues: true,
  flags: ["seed", "schema", "json"],
  examples: ["show data-scaling/tiny", "show classify/tiny batchSize=128 --json", "show classify/tiny --schema"],
  async run({ things: [source = ""], values, flags, terminal }) {
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
