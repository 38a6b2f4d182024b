import type { TransformSpec } from "../../data/transforms/transform.ts";
import type { UVitRecipe } from "./schema.ts";

/** How an image of any size becomes a square of `size` pixels. Source: u-vit section 4.5. */
export function squareTransforms(crop: UVitRecipe["crop"], size: number): TransformSpec[] {
  switch (crop) {
    default:
      return [
        { name: "resize", size },
        { name: "centreCrop", size },
      ];
  }
}
