import { rawImage, type RawImage } from "./image.ts";

/** A rectangle of whole pixels inside an image. */
export interface ImagePart {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Chooses the part of an image that is needed, by the image's size. */
export type Part = (image: { readonly width: number; readonly height: number }) => ImagePart;

export const wholeImage: Part = ({ width, height }) => ({ left: 0, top: 0, width, height });

/** A copy of a part that lies inside the image. */
export function cutPart(image: RawImage, { left, top, width, height }: ImagePart): RawImage {
  if (width === image.width && height === image.height) return image;
  const result = rawImage(width, height);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * image.width + left);
    result.data.set(image.data.subarray(from, from + 3 * width), 3 * width * y);
  }
  return result;
}
