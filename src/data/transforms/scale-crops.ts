import type { Generator } from "../../random/generator.ts";
import type { Fill } from "./affine-geometry.ts";
import { roundHalfEven, type CropBox } from "./crop.ts";
import { cropGeometry, resizeGeometry } from "./geometry.ts";
import { moveView } from "./move-view.ts";
import { sizePair, type Size } from "./size.ts";
import type { View } from "./view.ts";

/**
 * Large-scale jitter: the image, ratio kept, fitted into `size` times a uniform factor out of `scale`, bilinear; then a
 * random `size` window, with `fill` right and below where the image is smaller.
 * Source: "Simple Copy-Paste" (arXiv 2012.07177); detectron2 `ResizeScale` + `FixedSizeCrop`.
 */
export function largeScaleJitter(
  view: View,
  size: Size,
  scale: readonly [number, number],
  fill: Fill,
  random: Generator,
): View {
  const [height, width] = sizePair(size);
  const factor = scale[0] + (scale[1] - scale[0]) * random.uniform();
  const ratio = Math.min((height * factor) / view.image.height, (width * factor) / view.image.width);
  const newWidth = Math.max(1, roundHalfEven(view.image.width * ratio));
  const newHeight = Math.max(1, roundHalfEven(view.image.height * ratio));
  const resized = moveView(view, resizeGeometry(view.image, newWidth, newHeight, "bilinear"));
  const share = random.uniform(); // one for both sides, as upstream
  const left = roundHalfEven(Math.max(0, newWidth - width) * share);
  const top = roundHalfEven(Math.max(0, newHeight - height) * share);
  return moveView(resized, cropGeometry({ left, top, width, height }, fill));
}

/** Shares of the shorter side in `multiScaleBox`. */
export const multiScaleRatios = [1, 0.875, 0.75, 0.66] as const;

/**
 * A box whose sides are the shorter side times two neighbouring `ratios`, at one of the corners or in the middle.
 * Source: TSN (arXiv 1608.00859) `GroupMultiScaleCrop`; eva spec §4.3.
 */
export function multiScaleBox(
  image: { readonly width: number; readonly height: number },
  size: Size,
  ratios: readonly number[],
  random: Generator,
): CropBox {
  const base = Math.min(image.width, image.height);
  const sides = ratios.map((ratio) => Math.trunc(base * ratio));
  const [wantedHeight, wantedWidth] = sizePair(size);
  const near = (side: number, wanted: number): number =>
    Math.abs(side - wanted) < 3 && wanted <= base ? wanted : side;
  const pairs = sides.flatMap((h, i) =>
    sides.flatMap((w, j) => (Math.abs(i - j) <= 1 ? [[near(w, wantedWidth), near(h, wantedHeight)] as const] : [])),
  );
  const [width, height] = pairs[random.integer(pairs.length)];
  const [stepX, stepY] = [Math.floor((image.width - width) / 4), Math.floor((image.height - height) / 4)];
  const anchors = [[0, 0], [4, 0], [0, 4], [4, 4], [2, 2]] as const; // prettier-ignore
  const [x, y] = anchors[random.integer(anchors.length)];
  return { left: x * stepX, top: y * stepY, width, height };
}
