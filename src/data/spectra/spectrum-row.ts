import { z } from "zod";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { Generator } from "../../random/generator.ts";

/** One spectrum of a set. All arrays have the same length. */
export interface SpectrumSample {
  readonly flux: Float32Array;
  /** Å, ascending, in the medium and the frame of the file; where it says so. */
  readonly wavelength?: Float64Array;
  /** Inverse variance of the flux; pixels of 0 are worthless. */
  readonly ivar?: Float32Array;
  readonly label: number;
  /** Path below the root. */
  readonly id: string;
}

/** What of a spectrum is a row [1, L] of a batch, as plain data. */
export const spectrumSchema = z.strictObject({
  /** L */
  length: z
    .int()
    .min(2)
    .max(2 ** 20),
  /** Å, first and last: the flux is interpolated linearly at L places between them. Without it the file's own L pixels. */
  range: z
    .tuple([z.number().positive(), z.number().positive()])
    .readonly()
    .refine(([first, last]) => first < last, "the first must lie below the last")
    .optional(),
  /** The places of `range`: evenly in λ, which is the default, or in log λ. */
  spacing: z.enum(["linear", "log"]).optional(),
  /** Divided by its median (the default); to mean 0 and standard deviation 1; or as it is. */
  scale: z.enum(["median", "standard", "none"]).optional(),
  /** In training, after `scale`: each value + σ·N(0, 1), σ uniform between 0 and this for each row; 0 unless said. */
  noise: z.number().min(0).max(10).optional(),
});
export type SpectrumSpec = z.infer<typeof spectrumSchema>;

/** Of its pixels at least so many must be good. */
const leastGood = 0.5;

/**
 * The row of a spectrum: pixels that are not finite, or of inverse variance 0, are bridged linearly by their neighbours
 * (at the ends repeated), then `range`, `scale` and, with `random`, `noise`. A pure function of sample, spec and stream.
 *
 * @throws FoveaError `data/unreadable-image` for a spectrum that does not reach over `range` or has too few good pixels;
 * `data/spectrum-length` where it has not L pixels and no `range` is asked for
 */
export function spectrumRow(sample: SpectrumSample, spec: SpectrumSpec, random?: Generator): Float32Array {
  const { scale = "median", noise = 0 } = spec;
  const good = goodPixels(sample);
  const places = spec.range === undefined ? ownPlaces(sample, spec) : gridPlaces(sample, spec, spec.range);
  const row = Float64Array.from(places, bridged(good));
  rescale(row, scale, sample.id);
  if (random !== undefined && noise > 0) {
    const sigma = noise * random.uniform();
    const draws = new Float32Array(row.length);
    random.fillNormal(draws);
    for (let i = 0; i < row.length; i++) row[i] += sigma * draws[i];
  }
  return Float32Array.from(row);
}

/** Good pixels: where they stand, in pixels, and their flux. */
interface GoodPixels {
  readonly at: readonly number[];
  readonly flux: readonly number[];
}

function goodPixels({ flux, ivar, id }: SpectrumSample): GoodPixels {
  const at: number[] = [];
  for (let i = 0; i < flux.length; i++) if (Number.isFinite(flux[i]) && (ivar === undefined || ivar[i] > 0)) at.push(i);
  if (at.length === 0 || at.length < leastGood * flux.length)
    throw unreadableSpectrum(id, `${at.length} of its ${flux.length} pixels are good, at least half must be`);
  return { at, flux: at.map((i) => flux[i]) };
}

/** Flux at a place in pixels, between the good ones; asked for in ascending order. */
function bridged({ at, flux }: GoodPixels): (place: number) => number {
  let right = 0;
  return (place) => {
    while (right < at.length && at[right] < place) right++;
    if (right === 0 || right === at.length) return flux[Math.min(right, at.length - 1)];
    const share = (place - at[right - 1]) / (at[right] - at[right - 1]);
    return flux[right - 1] + share * (flux[right] - flux[right - 1]);
  };
}

function ownPlaces({ flux, id }: SpectrumSample, { length }: SpectrumSpec): number[] {
  if (flux.length === length) return Array.from(flux.keys());
  throw new FoveaError("data/spectrum-length", `${id}: ${flux.length} pixels, the batch holds ${length}`, {
    hint: `set spectrum.length to ${flux.length}, or give spectrum.range in Å: then all spectra come to one grid`,
    exitCode: 2,
  });
}

/** The places of the grid, in the file's pixels: linear in λ between two of them. */
function gridPlaces(
  { wavelength, id }: SpectrumSample,
  { length, spacing }: SpectrumSpec,
  [first, last]: readonly [number, number],
): number[] {
  if (wavelength === undefined) {
    throw new FoveaError("data/spectrum-length", `${id}: it has no wavelengths, but spectrum.range asks for some`, {
      hint: "leave out spectrum.range: the file's own pixels are taken",
      exitCode: 2,
    });
  }
  const end = wavelength.length - 1;
  if (!(wavelength[0] <= first && wavelength[end] >= last))
    throw unreadableSpectrum(id, `it reaches from ${wavelength[0]} to ${wavelength[end]} Å, not over ${first} to ${last}`); // prettier-ignore
  let left = 0;
  return Array.from({ length }, (_, i) => {
    const share = i / (length - 1);
    const even = spacing === "log" ? first * (last / first) ** share : first + share * (last - first);
    const wanted = Math.min(even, last);
    while (left < end - 1 && wavelength[left + 1] <= wanted) left++;
    return left + (wanted - wavelength[left]) / (wavelength[left + 1] - wavelength[left]);
  });
}

function rescale(row: Float64Array, scale: NonNullable<SpectrumSpec["scale"]>, id: string): void {
  if (scale === "none") return;
  const [offset, unit] = scale === "median" ? [0, median(row)] : moments(row);
  if (!(unit > 0)) throw unreadableSpectrum(id, `its ${scale === "median" ? "median" : "standard deviation"} is ${unit}`); // prettier-ignore
  for (let i = 0; i < row.length; i++) row[i] = (row[i] - offset) / unit;
}

function median(row: Float64Array): number {
  const sorted = row.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function moments(row: Float64Array): [mean: number, std: number] {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  return [mean, Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length)];
}

/** What costs one spectrum and not the run. */
export const unreadableSpectrum = (id: string, reason: string, cause?: unknown): FoveaError =>
  new FoveaError("data/unreadable-image", `${id}: ${reason}`, {
    hint: "`fovea data inspect PATH` says what the file holds; take it out",
    ...(cause === undefined ? {} : { cause }),
  });
