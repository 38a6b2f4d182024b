import { rawImage, type RawImage } from "../image.ts";

/** `image` mirrored left to right. */
export function flipHorizontally(image: RawImage): RawImage {
  const { width, height, data } = image;
  const result = rawImage(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * width + x);
      const to = 3 * (y * width + width - 1 - x);
      for (let c = 0; c < 3; c++) result.data[to + c] = data[from + c];
    }
  }
  return result;
}
