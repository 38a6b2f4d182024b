import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import type { Limits } from "../../files/limits.ts";
import { elementCount } from "../strided-bytes.ts";
import type { ValueArray } from "../value-array.ts";

/** A picture as its file holds it: `array` is [height, width, channels]; grey 1, RGB 3, with alpha 2 or 4. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Value that stands for full brightness: 255, 65,535, or of floats 1. */
  readonly most: number;
  readonly array: ValueArray;
}

/** Throws `formats/image` unless the size is within the limits; nothing may be allocated before. */
export function checkRasterSize(
  source: ByteSource,
  size: { width: number; height: number; channels: number },
  limits: Limits,
): void {
  const { width, height, channels } = size;
  const sides = [width, height].every((side) => Number.isSafeInteger(side) && side >= 1 && side <= limits.imageSide);
  const pixels = elementCount([width, height]) ?? Infinity;
  if (sides && pixels <= limits.imagePixels && channels >= 1 && channels <= limits.imageChannels) return;
  throw rasterRefusal(
    source,
    `${width}×${height} pixels with ${channels} channels; at most ${limits.imagePixels} pixels, ${limits.imageSide} along a side and ${limits.imageChannels} channels are read`,
  );
}

export const rasterRefusal = (source: ByteSource, message: string): FoveaError =>
  new FoveaError("formats/image", `${source.name}: ${message}`, {
    hint: "the image is damaged or of a kind that is not read: convert it to PNG",
  });
