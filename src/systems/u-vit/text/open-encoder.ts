import { FoveaError } from "../../../errors/fovea-error.ts";
import type { HostTensor } from "../../../graph/dtype.ts";
import type { ClipText } from "../../../models/clip/clip-text.ts";
import { prepare } from "../../../nn/module.ts";
import { checkpointWeights } from "../../../train/checkpoint-weights.ts";
import { checkRecipe } from "../../../train/recipe.ts";
import { RunDirectory } from "../../../train/run-directory.ts";
import { uVitText } from "./method.ts";
import { textEncoderOf } from "./model.ts";
import type { TextEncoderRecipe } from "./schema.ts";

/** Role, and first part of the names, of the frozen encoder inside a model by text. */
export const textRole = "text";

/** A trained text encoder, frozen: the network, its recipe and its values under `textRole`. */
export interface FrozenText {
  readonly network: ClipText;
  readonly recipe: TextEncoderRecipe;
  readonly states: ReadonlyMap<string, HostTensor>;
}

/** @throws FoveaError for a run of another method */
export function openTextEncoder(from: string): FrozenText {
  const run = RunDirectory.open(from);
  const { method, values } = run.readRecipe();
  if (method !== uVitText.name)
    throw new FoveaError("u-vit/text", `text.from ${from}: a run of ${method}, not a text encoder`, {
      hint: "train one: fovea train u-vit/tiny-text-encoder",
      exitCode: 2,
    });
  const recipe = checkRecipe(uVitText, values);
  const network = prepare(textEncoderOf(recipe), textRole);
  return { network, recipe, states: checkpointWeights([network], run.checkpoint("last").path) };
}
