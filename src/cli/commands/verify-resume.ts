import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mergeRecipe, resolveRecipe } from "../../train/recipe.ts";
import type { Command } from "../command.ts";
import { recipeArgument } from "../recipe-argument.ts";

export const verifyResume: Command = {
  path: "verify-resume",
  summary: "prove that a killed and resumed run ends at the same bits",
  details: "Trains the recipe twice in a temporary folder, once undisturbed and once killed at random moments and resumed.",
  usage: "RECIPE [key.path=value ...]",
  things: [1, 1],
  takesValues: true,
  flags: ["steps", "kills", "seed", "quiet", "json"],
  examples: ["verify-resume data-scaling/tiny", "verify-resume classify/tiny --steps 20 --kills 3"],
  async run({ things: [source = ""], values, flags, terminal }) {
    const named = await recipeArgument(source);
    const { method, smoke } = named.recipe;
    const recipe = resolveRecipe(mergeRecipe(named.recipe, smoke), values);
    const { verifyResume: prove } = await import("../../train/verify-resume.ts");
    const directory = mkdtempSync(join(tmpdir(), "fovea-verify-"));
    try {
      const verdict = await prove({ method, recipe, steps: flags.steps, kills: flags.kills, directory });
      terminal.result({ recipe: source, steps: flags.steps, kills: flags.kills, ...verdict }, () =>
        verdict.identical
          ? `identical: ${verdict.tensors} tensors after ${flags.steps} steps, ${flags.kills} kills`
          : `DIFFERENT after ${flags.steps} steps, ${flags.kills} kills; ${verdict.tensors} tensors compared`,
      );
      return verdict.identical ? 0 : 1;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
