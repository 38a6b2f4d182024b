import { z } from "zod";
import type { Generator } from "../../random/generator.ts";
import { roundHalfEven } from "./crop.ts";

const range = z.tuple([z.number().positive(), z.number().positive()]).readonly();

/** Random erasing as plain data. */
export const erasingSchema = z.strictObject({
  /** That an image loses a box: 0.25 unless said. */
  probability: z.number().min(0).max(1).optional(),
  /** Share of the image's area: 0.02 to ⅓ unless said. */
  area: range.optional(),
  /** Height / width, log-uniform: 0.3 to 1/0.3 unless said. */
  aspect: range.optional(),
});
export type ErasingSpec = z.infer<typeof erasingSchema>;

/**
 * With `probability` fills one box of a normalised image [3, H, W] with N(0, 1) noise for each value, in place, after up
 * to ten tries for a box strictly smaller than the image. Source: arXiv 1708.04896; timm's `RandomErasing` in mode
 * `pixel`, deep-incubation spec §4.3.
 *
 * @returns whether a box was erased
 */
export function randomErasing(
  values: Float32Array,
  { height, width }: { readonly height: number; readonly width: number },
  { probability = 0.25, area = [0.02, 1 / 3], aspect = [0.3, 1 / 0.3] }: ErasingSpec,
  random: Generator,
): boolean {
  if (random.uniform() >= probability) return false;
  const [low, high] = [Math.log(aspect[0]), Math.log(aspect[1])];
  for (let attempt = 0; attempt < 10; attempt++) {
    const pixels = height * width * (area[0] + (area[1] - area[0]) * random.uniform());
    const ratio = Math.exp(low + (high - low) * random.uniform());
    const [h, w] = [roundHalfEven(Math.sqrt(pixels * ratio)), roundHalfEven(Math.sqrt(pixels / ratio))];
    if (h >= height || w >= width) continue;
    const [top, left] = [random.integer(height - h + 1), random.integer(width - w + 1)];
    for (let c = 0; c < 3; c++) {
      for (let y = top; y < top + h; y++) {
        const from = (c * height + y) * width + left;
        random.fillNormal(values.subarray(from, from + w));
      }
    }
    return true;
  }
  return false;
}
