import type { Size } from "./size.ts";

/**
 * Width and height after a resize. A single number is the length of the shorter side, the other keeps the ratio (rounded
 * down); a pair is the new size. Source: torchvision `Resize`.
 */
export function resizedTo(
  image: { readonly width: number; readonly height: number },
  size: Size,
): [width: number, height: number] {
  if (typeof size !== "number") return [size[1], size[0]];
  const { width, height } = image;
  if (width <= height) return [size, Math.trunc((size * height) / width)];
  return [Math.trunc((size * width) / height), size];
}
