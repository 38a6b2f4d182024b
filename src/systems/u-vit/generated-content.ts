import { openDataset } from "../../data/open-dataset.ts";
import { datasetSpec } from "../../downstream/data-recipe.ts";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { DeviceOptions } from "../../runtime/device.ts";
import { readWeights } from "../../train/initial-weights.ts";
import type { Generated } from "./content.ts";
import { decodedLatents } from "./latents/latent-content.ts";
import { pixels } from "./pixel-content.ts";
import type { UVitRecipe } from "./schema.ts";

/** What a trained run generates, whether or not its data are still there: then classes are numbers. */
export async function generatedContent(
  recipe: UVitRecipe,
  checkpoint: string,
  device: DeviceOptions,
): Promise<Generated> {
  if (recipe.latents !== undefined) return decodedLatents(recipe.latents.from, device);
  return pixels(recipe, await classNamesOf(recipe, checkpoint));
}

async function classNamesOf(recipe: UVitRecipe, checkpoint: string): Promise<readonly string[]> {
  if (recipe.condition !== "class") return [];
  try {
    return (await openDataset(datasetSpec(recipe.data), "train")).classNames;
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    const rows = readWeights(checkpoint).get("label_emb.weight")?.shape[0] ?? 0;
    return Array.from({ length: rows - (recipe.conditionDropout > 0 ? 1 : 0) }, (_, label) => String(label));
  }
}
