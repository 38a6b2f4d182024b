import { z } from "zod";
import type { RawImage } from "../image.ts";
import { kernels } from "../pixels/kernels.ts";

const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();
const positiveTriple = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]).readonly();

/** Mean and standard deviation of each channel, for pixels in [0, 1]. */
export const normalisationSchema = z.strictObject({ mean: triple, std: positiveTriple });
export type Normalisation = z.infer<typeof normalisationSchema>;

/** The statistics of ImageNet, which most published networks expect. */
export const imagenetNormalisation: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Pixels to [0, 1] and nothing else. */
export const unitNormalisation: Normalisation = { mean: [0, 0, 0], std: [1, 1, 1] };

/**
 * (pixel / 255 − mean) / std for each channel: [H, W, 3] bytes → [3, H, W] floats at `offset` of `out`.
 * The 256 values of a channel are computed once, in double precision, then rounded.
 */
export function normaliseInto(image: RawImage, { mean, std }: Normalisation, out: Float32Array, offset = 0): void {
  const pixels = image.width * image.height;
  const [from, to] = [4 * 3 * 256, 4 * 3 * 256 + Math.ceil((3 * pixels) / 4) * 4];
  const machine = kernels(to + 12 * pixels);
  for (let c = 0; c < 3; c++) {
    for (let v = 0; v < 256; v++) machine.floats[256 * c + v] = (v / 255 - mean[c]) / std[c];
  }
  machine.bytes.set(image.data, from);
  machine.lookUp(from, pixels, 0, to);
  out.set(machine.floats.subarray(to / 4, to / 4 + 3 * pixels), offset);
}

/** The inverse of `normaliseInto` for pictures of what a network sees or gives: [3, H, W] floats → [H, W, 3] bytes. */
export function denormalise(
  values: Float32Array,
  offset: number,
  height: number,
  width: number,
  { mean, std }: Normalisation,
): Uint8Array {
  const pixels = height * width;
  const bytes = new Uint8Array(3 * pixels);
  for (let c = 0; c < 3; c++) {
    for (let p = 0; p < pixels; p++) {
      const value = 255 * (values[offset + c * pixels + p] * std[c] + mean[c]);
      bytes[3 * p + c] = Math.round(Math.min(255, Math.max(0, value)));
    }
  }
  return bytes;
}
