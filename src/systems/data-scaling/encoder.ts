import { backboneOf, type BackboneRecipe } from "../../downstream/backbone-recipe.ts";
import { beitOptions } from "../../downstream/vit-recipe.ts";
import type { MaskedEncoder } from "./masked-encoder.ts";
import { MaskedSwin } from "./masked-swin.ts";
import { MaskedVit } from "./masked-vit.ts";

/** The encoder that a recipe names, for images of `imageSize` pixels. */
export function maskedEncoder(model: BackboneRecipe, imageSize: number): MaskedEncoder {
  const backbone = backboneOf(model, imageSize);
  if (backbone.family === "swin") return new MaskedSwin(backbone.options);
  return new MaskedVit(beitOptions(backbone.model, imageSize));
}
