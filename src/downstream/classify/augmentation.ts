import type { TransformSpec } from "../../data/transforms/transform.ts";
import type { ClassifyRecipe } from "./schema.ts";

/**
 * What training images go through: up to 32 pixels a random crop after padding, above a random resized crop (bicubic),
 * then mirroring, then what the recipe adds. Source: data-scaling section 4.3.
 */
export function trainingTransforms({
  data,
  augmentation,
}: Pick<ClassifyRecipe, "data" | "augmentation">): TransformSpec[] {
  const { crop, padding, scale, ratio, flip, further = [] } = augmentation;
  const size = data.imageSize;
  const kind = crop === "auto" ? (size <= 32 ? "padded" : "resized") : crop;
  const after: TransformSpec[] = [{ name: "horizontalFlip", probability: flip }, ...further];
  if (kind === "resized") return [{ name: "randomResizedCrop", size, scale, ratio, filter: "bicubic" }, ...after];
  const square: TransformSpec[] = [
    { name: "resize", size },
    { name: "centreCrop", size },
  ];
  return kind === "none" ? [...square, ...after] : [...square, { name: "randomCrop", size, padding }, ...after];
}
