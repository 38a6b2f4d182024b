import { FoveaError } from "../../errors/fovea-error.ts";

/** A side of a square, or [height, width]. */
export type Size = number | readonly [height: number, width: number];

/** Height and width of a size. */
export const sizePair = (size: Size): readonly [height: number, width: number] =>
  typeof size === "number" ? [size, size] : size;

/** Throws `data/image-size` where an image cannot hold what is cut out of it. */
export function checkHolds(what: string, width: number, height: number, needWidth: number, needHeight: number): void {
  if (needWidth <= width && needHeight <= height) return;
  throw new FoveaError(
    "data/image-size",
    `${what}: an image of ${width}×${height} pixels (width × height) does not hold ${needWidth}×${needHeight}`,
    { hint: "put { name: 'resize', size } before it" },
  );
}
