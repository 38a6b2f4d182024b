import type { Box } from "../targets.ts";
import type { ImageSize } from "./annotated-dataset.ts";

/**
 * The part of a box inside the image. Reported, and left out, where nothing is left of it; reported where it reached out
 * by more than a pixel (rounding).
 */
export function checkedBox(
  [x0, y0, x1, y1]: Box,
  { width, height }: ImageSize,
  report: (fault: string) => void,
): Box | undefined {
  if (!(x0 < x1 && y0 < y1)) {
    report("box without extent");
    return undefined;
  }
  const inside = [Math.max(x0, 0), Math.max(y0, 0), Math.min(x1, width), Math.min(y1, height)] as const;
  if (!(inside[0] < inside[2] && inside[1] < inside[3])) {
    report("box outside its image");
    return undefined;
  }
  if (x0 < -1 || y0 < -1 || x1 > width + 1 || y1 > height + 1) report("box that reaches out of its image");
  return inside;
}
