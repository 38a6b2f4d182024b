import type { Targets } from "./targets.ts";

/** An 8-bit sRGB image, interleaved: `data` is [height, width, 3], rows first. */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  readonly data: Uint8Array;
}

/** What a data set gives for one index. */
export interface Sample {
  readonly image: RawImage;
  /** Index into the data set's `classNames`. */
  readonly label: number;
  /** A name that a person can look up: a path below the root, `data_batch_1.bin#17`, `world/train/17`. */
  readonly id: string;
  /** Class of each pixel, [height, width], 0 background; where the set has it. */
  readonly mask?: Uint8Array;
  /** What else is known of it, of the kinds that the set's `targets` names. */
  readonly targets?: Targets;
}

/** An image of the given size; `data` must be [height, width, 3]. */
export function rawImage(
  width: number,
  height: number,
  data: Uint8Array = new Uint8Array(width * height * 3),
): RawImage {
  if (data.length !== width * height * 3) {
    throw new RangeError(`rawImage: ${data.length} bytes are not [${height}, ${width}, 3]`);
  }
  return { width, height, channels: 3, data };
}
