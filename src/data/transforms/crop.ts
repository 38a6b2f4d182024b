import type { Generator } from "../../random/generator.ts";
import { rawImage, type RawImage } from "../image.ts";
import { resample, type Filter } from "./resample.ts";
import { checkHolds, sizePair, type Size } from "./size.ts";

/** A rectangle in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The pixels of `image` inside `box`, which lies inside the image. */
export function crop(image: RawImage, { left, top, width, height }: Box): RawImage {
  const result = rawImage(width, height);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * image.width + left);
    result.data.set(image.data.subarray(from, from + 3 * width), 3 * y * width);
  }
  return result;
}

/** The middle `size` pixels; throws `data/image-size` where the image is smaller. Source: torchvision `center_crop`. */
export function centreCrop(image: RawImage, size: Size): RawImage {
  const [height, width] = sizePair(size);
  checkHolds("centreCrop", image.width, image.height, width, height);
  const left = roundHalfEven((image.width - width) / 2);
  const top = roundHalfEven((image.height - height) / 2);
  return crop(image, { left, top, width, height });
}

/** `size` pixels from an even choice of places, after `padding` black pixels on every side. */
export function randomCrop(image: RawImage, size: Size, padding: number, random: Generator): RawImage {
  const [height, width] = sizePair(size);
  const padded = padding === 0 ? image : pad(image, padding);
  checkHolds("randomCrop", padded.width, padded.height, width, height);
  const top = random.integer(padded.height - height + 1);
  const left = random.integer(padded.width - width + 1);
  return crop(padded, { left, top, width, height });
}

/** What `randomResizedCrop` draws from. */
export interface CropRange {
  /** Share of the image's area. */
  readonly scale: readonly [number, number];
  /** Width / height. */
  readonly ratio: readonly [number, number];
}

/** A random box (`randomBox`), scaled to `size`. */
export function randomResizedCrop(
  image: RawImage,
  size: Size,
  range: CropRange,
  filter: Filter,
  random: Generator,
): RawImage {
  const [height, width] = sizePair(size);
  return resample(crop(image, randomBox(image.width, image.height, range, random)), width, height, filter);
}

/**
 * A box of uniform area and log-uniform aspect ratio inside the image; after 10 boxes that do not fit, the largest
 * central one with an allowed ratio. Source: torchvision `RandomResizedCrop.get_params`.
 */
export function randomBox(
  imageWidth: number,
  imageHeight: number,
  { scale, ratio }: CropRange,
  random: Generator,
): Box {
  const [low, high] = [Math.log(ratio[0]), Math.log(ratio[1])];
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = imageWidth * imageHeight * (scale[0] + (scale[1] - scale[0]) * random.uniform());
    const aspect = Math.exp(low + (high - low) * random.uniform());
    const width = roundHalfEven(Math.sqrt(area * aspect));
    const height = roundHalfEven(Math.sqrt(area / aspect));
    if (width < 1 || width > imageWidth || height < 1 || height > imageHeight) continue;
    const top = random.integer(imageHeight - height + 1);
    const left = random.integer(imageWidth - width + 1);
    return { left, top, width, height };
  }
  return centralBox(imageWidth, imageHeight, ratio);
}

function centralBox(imageWidth: number, imageHeight: number, ratio: readonly [number, number]): Box {
  const aspect = imageWidth / imageHeight;
  const width = aspect > ratio[1] ? Math.max(1, roundHalfEven(imageHeight * ratio[1])) : imageWidth;
  const height = aspect < ratio[0] ? Math.max(1, roundHalfEven(imageWidth / ratio[0])) : imageHeight;
  const left = Math.floor((imageWidth - width) / 2);
  const top = Math.floor((imageHeight - height) / 2);
  return { left, top, width, height };
}

function pad(image: RawImage, padding: number): RawImage {
  const result = rawImage(image.width + 2 * padding, image.height + 2 * padding);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(3 * y * image.width, 3 * (y + 1) * image.width);
    result.data.set(row, 3 * ((y + padding) * result.width + padding));
  }
  return result;
}

/** Python's `round`: halves to the even neighbour. */
function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}
