import { middleSquare, roundHalfEven } from "./crop.ts";
import { cropGeometry, resizeGeometry } from "./geometry.ts";
import { moveView } from "./move-view.ts";
import type { View } from "./view.ts";

/**
 * A square of `size` pixels as ADM makes it of ImageNet: halved by a box filter while the shorter side is at least twice
 * `size`, then bicubic to it, then its middle. Source: openai/guided-diffusion `center_crop_arr`; u-vit section 4.5.
 */
export function admCrop(view: View, size: number): View {
  let current = view;
  while (Math.min(current.image.width, current.image.height) >= 2 * size) {
    const { width, height } = current.image;
    current = moveView(current, resizeGeometry(current.image, Math.floor(width / 2), Math.floor(height / 2), "box"));
  }
  const { width, height } = current.image;
  const scale = size / Math.min(width, height);
  const scaled = moveView(
    current,
    resizeGeometry(current.image, roundHalfEven(width * scale), roundHalfEven(height * scale), "bicubic"),
  );
  return moveView(scaled, cropGeometry(middleSquare(scaled.image)));
}
