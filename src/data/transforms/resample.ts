import { rawImage, type RawImage } from "../image.ts";

/** Interpolation filters: `bilinear` (support 1) and `bicubic` (a = −½, support 2). */
export const filters = ["bilinear", "bicubic"] as const;
export type Filter = (typeof filters)[number];

const kernels: Readonly<Record<Filter, { readonly support: number; weight(x: number): number }>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: (x) => keys(Math.abs(x)) },
};

/** Keys' cubic convolution kernel with a = −½. */
function keys(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/** Fraction bits of a coefficient: 8-bit pixels times coefficients in 32 bits, two bits spare for overshoot. */
const fractionBits = 22;

/**
 * `image` scaled to `width` × `height`, with the filter stretched by the scale when shrinking (antialiased), first along
 * rows and then along columns, rounded to 8 bits after each, in 22-bit fixed point: bit for bit Pillow's
 * `Image.resize` and so torchvision's `Resize` of a PIL image. Source: Pillow `src/libImaging/Resample.c`.
 */
export function resample(image: RawImage, width: number, height: number, filter: Filter): RawImage {
  let result = image;
  if (width !== result.width) result = resampleRows(result, width, filter);
  if (height !== result.height) result = resampleColumns(result, height, filter);
  return result;
}

/** For each output place: where its window starts in the input, and its coefficients. */
interface Windows {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  /** [outputs, longest] */
  readonly coefficients: Int32Array;
  readonly longest: number;
}

function filterWindows(inputSize: number, outputSize: number, filter: Filter): Windows {
  const { support, weight } = kernels[filter];
  const scale = inputSize / outputSize;
  const stretch = Math.max(1, scale);
  const reach = support * stretch;
  const longest = Math.ceil(reach) * 2 + 1;
  const starts = new Int32Array(outputSize);
  const lengths = new Int32Array(outputSize);
  const coefficients = new Int32Array(outputSize * longest);
  const weights = new Float64Array(longest);
  for (let out = 0; out < outputSize; out++) {
    const centre = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const length = Math.min(inputSize, Math.trunc(centre + reach + 0.5)) - start;
    let sum = 0;
    for (let i = 0; i < length; i++) sum += weights[i] = weight((i + start - centre + 0.5) / stretch);
    for (let i = 0; i < length; i++) {
      const fixed = (weights[i] / sum) * 2 ** fractionBits;
      coefficients[out * longest + i] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    starts[out] = start;
    lengths[out] = length;
  }
  return { starts, lengths, coefficients, longest };
}

function resampleRows(image: RawImage, width: number, filter: Filter): RawImage {
  const result = rawImage(width, image.height);
  const windows = filterWindows(image.width, width, filter);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * image.width + windows.starts[x]);
      convolve(image.data, from, 3, windows, x, result.data, 3 * (y * width + x));
    }
  }
  return result;
}

function resampleColumns(image: RawImage, height: number, filter: Filter): RawImage {
  const result = rawImage(image.width, height);
  const windows = filterWindows(image.height, height, filter);
  const stride = 3 * image.width;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < image.width; x++) {
      convolve(image.data, windows.starts[y] * stride + 3 * x, stride, windows, y, result.data, y * stride + 3 * x);
    }
  }
  return result;
}

/** The window number `index` over pixels `stride` bytes apart from `from` on, all three channels, to `to`. */
function convolve(
  pixels: Uint8Array,
  from: number,
  stride: number,
  { lengths, coefficients, longest }: Windows,
  index: number,
  out: Uint8Array,
  to: number,
): void {
  const half = 1 << (fractionBits - 1);
  let red = half;
  let green = half;
  let blue = half;
  for (let i = 0, at = from, k = index * longest; i < lengths[index]; i++, at += stride, k++) {
    red += pixels[at] * coefficients[k];
    green += pixels[at + 1] * coefficients[k];
    blue += pixels[at + 2] * coefficients[k];
  }
  out[to] = clip(red >> fractionBits);
  out[to + 1] = clip(green >> fractionBits);
  out[to + 2] = clip(blue >> fractionBits);
}

const clip = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);
