import type { Generator } from "../../random/generator.ts";
import { checkHolds, sizePair, type Size } from "./size.ts";

/** A rectangle in whole pixels. */
export interface CropBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Of an image. */
interface Extent {
  readonly width: number;
  readonly height: number;
}

/** The middle `size` pixels; throws `data/image-size` where the image is smaller. Source: torchvision `center_crop`. */
export function centreBox(image: Extent, size: Size): CropBox {
  const [height, width] = sizePair(size);
  checkHolds("centreCrop", image.width, image.height, width, height);
  const left = roundHalfEven((image.width - width) / 2);
  const top = roundHalfEven((image.height - height) / 2);
  return { left, top, width, height };
}

/** The largest square in the middle, offsets rounded down (numpy's `//`). */
export function middleSquare({ width, height }: Extent): CropBox {
  const side = Math.min(width, height);
  return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), width: side, height: side };
}

/** `size` pixels from an even choice of places, which may reach `padding` pixels beyond the image on every side. */
export function randomPlace(image: Extent, size: Size, padding: number, random: Generator): CropBox {
  const [height, width] = sizePair(size);
  const padded = { width: image.width + 2 * padding, height: image.height + 2 * padding };
  checkHolds("randomCrop", padded.width, padded.height, width, height);
  const top = random.integer(padded.height - height + 1) - padding;
  const left = random.integer(padded.width - width + 1) - padding;
  return { left, top, width, height };
}

/** What a random resized crop draws from. */
export interface CropRange {
  /** Share of the image's area. */
  readonly scale: readonly [number, number];
  /** Width / height. */
  readonly ratio: readonly [number, number];
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
): CropBox {
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

function centralBox(imageWidth: number, imageHeight: number, ratio: readonly [number, number]): CropBox {
  const aspect = imageWidth / imageHeight;
  const width = aspect > ratio[1] ? Math.max(1, roundHalfEven(imageHeight * ratio[1])) : imageWidth;
  const height = aspect < ratio[0] ? Math.max(1, roundHalfEven(imageWidth / ratio[0])) : imageHeight;
  const left = Math.floor((imageWidth - width) / 2);
  const top = Math.floor((imageHeight - height) / 2);
  return { left, top, width, height };
}

/** Python's `round`: halves to the even neighbour. */
export function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}
