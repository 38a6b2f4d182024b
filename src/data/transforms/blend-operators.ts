import { rawImage, type RawImage } from "../image.ts";

/*
 * Operators between an image and a plainer one, bit for bit as Pillow's ImageEnhance: plain + factor · (image − plain),
 * fraction dropped, cut to 8 bits. Factor 1 is the image, 0 the plain one.
 */

/** Luma of the three bytes at `i`: (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶. Source: Pillow `Convert.c`, L24. */
const luma = (data: Uint8Array, i: number): number =>
  (19595 * data[i] + 38470 * data[i + 1] + 7471 * data[i + 2] + 0x8000) >> 16;

/** Luma in all three channels. */
export function greyscale(image: RawImage): RawImage {
  const result = rawImage(image.width, image.height);
  for (let i = 0; i < image.data.length; i += 3) result.data.fill(luma(image.data, i), i, i + 3);
  return result;
}

/** Saturation: from grey. */
export const adjustColour = (image: RawImage, factor: number): RawImage => blend(greyscale(image), image, factor);

/** From black. */
export const adjustBrightness = (image: RawImage, factor: number): RawImage =>
  blend(rawImage(image.width, image.height), image, factor);

/** From the mean luma, rounded. */
export function adjustContrast(image: RawImage, factor: number): RawImage {
  let sum = 0;
  for (let i = 0; i < image.data.length; i += 3) sum += luma(image.data, i);
  const plain = rawImage(image.width, image.height);
  plain.data.fill(Math.trunc((3 * sum) / image.data.length + 0.5));
  return blend(plain, image, factor);
}

/** From a smooth one. */
export const adjustSharpness = (image: RawImage, factor: number): RawImage => blend(smooth(image), image, factor);

/** 3 × 3 means with weight 5 in the middle; the outermost pixels stay. Source: Pillow `ImageFilter.SMOOTH`. */
function smooth(image: RawImage): RawImage {
  const { width, height, data } = image;
  const result = rawImage(width, height, data.slice());
  const row = 3 * width;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + 3; i < (y + 1) * row - 3; i++) {
      const above = data[i - row - 3] + data[i - row] + data[i - row + 3];
      const below = data[i + row - 3] + data[i + row] + data[i + row + 3];
      result.data[i] = Math.trunc((above + data[i - 3] + 5 * data[i] + data[i + 3] + below) / 13 + 0.5);
    }
  }
  return result;
}

function blend(plain: RawImage, image: RawImage, factor: number): RawImage {
  const share = Math.fround(factor); // Pillow takes a float
  const result = rawImage(image.width, image.height);
  for (let i = 0; i < image.data.length; i++) {
    const from = plain.data[i];
    const value = Math.fround(from + Math.fround(share * (image.data[i] - from)));
    result.data[i] = value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
  }
  return result;
}
