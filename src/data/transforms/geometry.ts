import { rawImage, type RawImage } from "../image.ts";
import type { Box } from "../targets.ts";
import { flipHorizontally } from "./flip.ts";
import { resample, type Filter } from "./resample.ts";

/** x' = a·x + b·y + c, y' = d·x + e·y + f, in the continuous pixels of `targets.ts`. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Where each pixel goes: one for an image and all its targets. */
export interface Geometry {
  /** Of the result. */
  readonly width: number;
  readonly height: number;
  readonly forward: Affine;
  /** From the result to the input. */
  readonly inverse: Affine;
  /** Left and right changed places. */
  readonly mirrors: boolean;
  /** How colours move: filtered, where maps take the nearest pixel. */
  moveImage(image: RawImage): RawImage;
}

/** A point after `map`. */
export const movePoint = ([a, b, c, d, e, f]: Affine, x: number, y: number): [x: number, y: number] => [
  a * x + b * y + c,
  d * x + e * y + f,
];

/** The smallest upright box around the moved one, cut to the result; undefined where nothing is left. */
export function moveBox([x0, y0, x1, y1]: Box, { forward, width, height }: Geometry): Box | undefined {
  const corners = [movePoint(forward, x0, y0), movePoint(forward, x1, y0), movePoint(forward, x0, y1), movePoint(forward, x1, y1)]; // prettier-ignore
  const xs = corners.map(([x]) => Math.min(width, Math.max(0, x)));
  const ys = corners.map(([, y]) => Math.min(height, Math.max(0, y)));
  const moved: Box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  return moved[2] > moved[0] && moved[3] > moved[1] ? moved : undefined;
}

/** The rectangle at (`left`, `top`), which may reach beyond the image: there are `fill` pixels. */
export function cropGeometry(
  box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
  fill: readonly [number, number, number] = [0, 0, 0],
): Geometry {
  const { left, top, width, height } = box;
  return {
    width,
    height,
    forward: [1, 0, -left, 0, 1, -top],
    inverse: [1, 0, left, 0, 1, top],
    mirrors: false,
    moveImage: (image) => cutOut(image, left, top, width, height, fill),
  };
}

/** An image of `from` pixels scaled to `width` × `height`; colours by `resample`. */
export function resizeGeometry(
  from: { readonly width: number; readonly height: number },
  width: number,
  height: number,
  filter: Filter,
): Geometry {
  const [sx, sy] = [width / from.width, height / from.height];
  return {
    width,
    height,
    forward: [sx, 0, 0, 0, sy, 0],
    inverse: [from.width / width, 0, 0, 0, from.height / height, 0],
    mirrors: false,
    moveImage: (image) => resample(image, width, height, filter),
  };
}

/** Left to right and back. */
export function flipGeometry({ width, height }: { readonly width: number; readonly height: number }): Geometry {
  const mirror: Affine = [-1, 0, width, 0, 1, 0];
  return { width, height, forward: mirror, inverse: mirror, mirrors: true, moveImage: flipHorizontally };
}

function cutOut(
  image: RawImage,
  left: number,
  top: number,
  width: number,
  height: number,
  fill: readonly [number, number, number],
): RawImage {
  const result = rawImage(width, height);
  const [x0, x1] = [Math.max(0, left), Math.min(image.width, left + width)];
  const [y0, y1] = [Math.max(0, top), Math.min(image.height, top + height)];
  const outside = x1 - x0 < width || y1 - y0 < height;
  if (outside && fill.some((value) => value !== 0)) {
    for (let i = 0; i < result.data.length; i += 3) result.data.set(fill, i);
  }
  if (x1 <= x0) return result;
  for (let y = y0; y < y1; y++) {
    const row = image.data.subarray(3 * (y * image.width + x0), 3 * (y * image.width + x1));
    result.data.set(row, 3 * ((y - top) * width + x0 - left));
  }
  return result;
}
