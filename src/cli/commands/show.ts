import { stringify } from "yaml";
import { z } from "zod";
import { escapeControls } from "../../errors/show-error.ts";
import { resolveRecipe } from "../../train/recipe.ts";
import type { Command } from "../command.ts";
import { recipeArgument } from "../recipe-argument.ts";

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
    const { recipe } = await recipeArgument(source);
    if (flags.schema) return printSchema(recipe.method.schema, (line) => terminal.print(line));
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

function printSchema(schema: unknown, print: (line: string) => void): void {
  const zodSchema = schema as z.ZodType; // every method's schema is made with zod (train/recipe.ts)
  print(JSON.stringify(z.toJSONSchema(zodSchema, { io: "input", unrepresentable: "any" }), null, 2));
}
