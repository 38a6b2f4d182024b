import type { TransformSpec } from "../../data/transforms/transform.ts";
import type { UVitRecipe } from "./schema.ts";

/** Rows 57 … 184 and columns 25 … 152 of an aligned CelebA image: [top, left, height, width]. */
const celebaFace = [57, 25, 128, 128] as const;

/** How an image of any size becomes a square of `size` pixels. Source: u-vit section 4.5. */
export function squareTransforms(crop: UVitRecipe["crop"], size: number): TransformSpec[] {
  switch (crop) {
    case "adm":
      return [{ name: "admCrop", size }];
    case "celeba":
      return [
        { name: "crop", box: celebaFace },
        { name: "resize", size: [size, size] },
      ];
    case "coco":
      return [{ name: "centreSquare" }, { name: "resize", size: [size, size], filter: "lanczos" }];
    case "short-side":
      return [
        { name: "resize", size },
        { name: "centreCrop", size },
      ];
  }
}
