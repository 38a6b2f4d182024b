import type { DataScalingRecipe } from "./schema.ts";
import { normalisedTargets } from "./target-normalisation.ts";

/** What the decoder regresses: locally normalised pixels, or (`target.normalise` false) the images themselves. [B, 3, S, S] */
export function targetOf(
  images: Float32Array<ArrayBuffer>,
  { data, target }: Pick<DataScalingRecipe, "data" | "target">,
): Float32Array<ArrayBuffer> {
  if (!target.normalise) return images;
  return normalisedTargets(images, { height: data.imageSize, width: data.imageSize, window: target.window });
}
