import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "../command.ts";

export const verifyResume: Command = {
  path: "verify-resume",
  summary: "prove that a stopped and resumed run ends at the same bits",
  details:
    "Trains the recipe, in its small form for tests, twice in a temporary folder, once in one go and once stopped and resumed, and compares every bit.",
  usage: "RECIPE [key.path=value ...]",
  things: [1, 1],
  takesValues: true,
  flags: ["steps", "stops", "seed", "device", "threads", "quiet", "json"],
  examples: ["verify-resume data-scaling/tiny", "verify-resume classify/tiny --steps 20 --stops 3"],
  async run({ things: [source = ""], values, flags, terminal }) {
    const [{ recipeArgument }, { deviceFlags }, { mergeRecipe, resolveRecipe }, { verifyResume: prove }] =
      await Promise.all([
        import("../recipe-argument.ts"),
        import("../device-flags.ts"),
        import("../../train/recipe.ts"),
        import("../../train/verify-resume.ts"),
      ]);
    const named = await recipeArgument(source);
    const { method, smoke } = named.recipe;
    const recipe = resolveRecipe(mergeRecipe(named.recipe, smoke), values);
    const { steps = 12, stops } = flags;
    const out = mkdtempSync(join(tmpdir(), "fovea-verify-")); // mode 0700
    try {
      const verdict = await prove({ method, recipe, steps, stops, out, ...deviceFlags(flags) });
      terminal.result({ recipe: source, steps, stops, ...verdict }, () =>
        verdict.identical
          ? `identical: ${verdict.tensors} tensors after ${steps} steps with ${stops} stops`
          : `DIFFERENT after ${steps} steps with ${stops} stops: ${verdict.different.join(", ")}`,
      );
      return verdict.identical ? 0 : 1;
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  },
};
