import type { RawImage } from "../image.ts";
import { resample, type Filter } from "./resample.ts";
import type { Size } from "./size.ts";

/**
 * A single number is the length of the shorter side, the other keeps the ratio (rounded down); a pair is the new size.
 * Source: torchvision `Resize`.
 */
export function resize(image: RawImage, size: Size, filter: Filter): RawImage {
  if (typeof size !== "number") return resample(image, size[1], size[0], filter);
  const { width, height } = image;
  if (width <= height) return resample(image, size, Math.trunc((size * height) / width), filter);
  return resample(image, Math.trunc((size * width) / height), size, filter);
}
