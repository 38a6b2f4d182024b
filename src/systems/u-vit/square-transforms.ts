import { z } from "zod";
import type { TransformSpec } from "../../data/transforms/transform.ts";

/** How real images become squares: `adm` (ImageNet), `celeba`, `coco`, or the short side and its middle (section 4.5). */
export const squareCrop = z.enum(["short-side", "adm", "celeba", "coco"]).default("short-side");

/** Rows 57 … 184 and columns 25 … 152 of an aligned CelebA image: [top, left, height, width]. */
const celebaFace = [57, 25, 128, 128] as const;

/** How an image of any size becomes a square of `size` pixels. Source: u-vit section 4.5. */
export function squareTransforms(crop: z.infer<typeof squareCrop>, size: number): TransformSpec[] {
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
