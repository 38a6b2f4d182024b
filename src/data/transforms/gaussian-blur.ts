import { rawImage, type RawImage } from "../image.ts";

/**
 * Three box blurs of real-valued width, whose variance is `sigma`² (pixels²): bit for bit Pillow's
 * `ImageFilter.GaussianBlur(sigma)`. Edges repeat. Source: Pillow `BoxBlur.c`.
 */
export function gaussianBlur(image: RawImage, sigma: number): RawImage {
  const radius = boxRadius(sigma);
  let result = image;
  for (let pass = 0; pass < 3; pass++) result = boxBlur(result, radius, "rows");
  for (let pass = 0; pass < 3; pass++) result = boxBlur(result, radius, "columns");
  return result;
}

/** Half-width of the box, of which three in a row have variance σ². */
function boxRadius(sigma: number): number {
  const variance = sigma ** 2 / 3;
  const whole = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2);
  const rest = ((2 * whole + 1) * (whole * (whole + 1) - 3 * variance)) / (6 * (variance - (whole + 1) ** 2));
  return whole + rest;
}

function boxBlur(image: RawImage, radius: number, along: "rows" | "columns"): RawImage {
  const { width, height } = image;
  const result = rawImage(width, height);
  const [lines, length, lineStride, stride] =
    along === "rows" ? [height, width, 3 * width, 3] : [width, height, 3, 3 * width];
  for (let line = 0; line < lines; line++) {
    for (let c = 0; c < 3; c++) blurLine(image.data, result.data, line * lineStride + c, stride, length, radius);
  }
  return result;
}

/** The mean over 2·radius + 1 places, the outermost two with what is left of the width, in 24-bit fixed point. */
function blurLine(
  from: Uint8Array,
  to: Uint8Array,
  start: number,
  stride: number,
  length: number,
  radius: number,
): void {
  const reach = Math.trunc(radius);
  const full = Math.trunc(2 ** 24 / (radius * 2 + 1));
  const edge = Math.trunc((2 ** 24 - (reach * 2 + 1) * full) / 2);
  const at = (i: number): number => from[start + stride * Math.max(0, Math.min(length - 1, i))];
  let sum = 0;
  for (let i = -reach; i <= reach; i++) sum += at(i);
  for (let i = 0; i < length; i++) {
    const value = sum * full + (at(i - reach - 1) + at(i + reach + 1)) * edge;
    to[start + stride * i] = Math.floor((value + 2 ** 23) / 2 ** 24);
    sum += at(i + reach + 1) - at(i - reach);
  }
}
