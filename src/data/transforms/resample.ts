import { rawImage, type RawImage } from "../image.ts";
import { kernels, type Kernels } from "../pixels/kernels.ts";

/** Interpolation filters: `bilinear` (support 1), `bicubic` (a = −½, support 2), `box` (½) and `lanczos` (3). */
export const filters = ["bilinear", "bicubic", "box", "lanczos"] as const;
export type Filter = (typeof filters)[number];

const filterShapes: Readonly<Record<Filter, { readonly support: number; weight(x: number): number }>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: (x) => keys(Math.abs(x)) },
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

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
  const { support, weight } = filterShapes[filter];
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

/** Bytes of rows that the kernels are given at once: their memory is kept for good. */
const chunkBytes = 2 ** 21;

function resampleRows(image: RawImage, width: number, filter: Filter): RawImage {
  const result = rawImage(width, image.height);
  const windows = filterWindows(image.width, width, filter);
  const [stride, outStride] = [3 * image.width, 3 * width];
  const most = Math.max(1, Math.floor(chunkBytes / Math.max(stride, outStride)));
  const places = windowPlaces(windows);
  const [from, to] = [places.end, aligned(places.end + Math.min(most, image.height) * stride)];
  const machine = kernels(aligned(to + Math.min(most, image.height) * outStride));
  writeWindows(machine, windows, places);
  for (let y = 0; y < image.height; y += most) {
    const rows = Math.min(most, image.height - y);
    machine.bytes.set(image.data.subarray(y * stride, (y + rows) * stride), from);
    machine.resampleRows(from, image.width, rows, to, width, places.starts, places.lengths, places.coefficients, windows.longest); // prettier-ignore
    result.data.set(machine.bytes.subarray(to, to + rows * outStride), y * outStride);
  }
  return result;
}

function resampleColumns(image: RawImage, height: number, filter: Filter): RawImage {
  const result = rawImage(image.width, height);
  const windows = filterWindows(image.height, height, filter);
  const stride = 3 * image.width;
  const places = windowPlaces(windows);
  const span = (first: number, last: number): number =>
    windows.starts[last - 1] + windows.lengths[last - 1] - windows.starts[first];
  for (let first = 0; first < height;) {
    let last = first + 1;
    while (last < height && (span(first, last + 1) + last + 1 - first) * stride <= 2 * chunkBytes) last++;
    const origin = windows.starts[first];
    const [from, to] = [places.end, aligned(places.end + span(first, last) * stride)];
    const machine = kernels(aligned(to + (last - first) * stride));
    writeWindows(machine, windows, places);
    machine.bytes.set(image.data.subarray(origin * stride, (origin + span(first, last)) * stride), from);
    machine.resampleColumns(from, origin, stride, to, first, last, places.starts, places.lengths, places.coefficients, windows.longest); // prettier-ignore
    result.data.set(machine.bytes.subarray(to, to + (last - first) * stride), first * stride);
    first = last;
  }
  return result;
}

/** Where the windows stand in the kernels' memory. */
interface WindowPlaces {
  readonly starts: number;
  readonly lengths: number;
  readonly coefficients: number;
  readonly end: number;
}

function windowPlaces({ starts, coefficients }: Windows): WindowPlaces {
  const bytes = 4 * starts.length;
  return { starts: 0, lengths: bytes, coefficients: 2 * bytes, end: aligned(2 * bytes + 4 * coefficients.length) };
}

function writeWindows({ words }: Kernels, windows: Windows, places: WindowPlaces): void {
  words.set(windows.starts, places.starts / 4);
  words.set(windows.lengths, places.lengths / 4);
  words.set(windows.coefficients, places.coefficients / 4);
}

/** The next address of a vector, with a vector's room before it: kernels work in whole vectors. */
const aligned = (address: number): number => Math.ceil((address + 32) / 16) * 16;
