import { z } from "zod";
import type { Generator } from "../../random/generator.ts";
import type { RawImage } from "../image.ts";
import { centreCrop, randomCrop, randomResizedCrop } from "./crop.ts";
import { flipHorizontally } from "./flip.ts";
import { filters } from "./resample.ts";
import { resize } from "./resize.ts";

const pixels = z.int().min(1).max(32_768);
const size = z.union([pixels, z.tuple([pixels, pixels]).readonly()]);
const filter = z.enum(filters);
const range = z
  .tuple([z.number().positive(), z.number().positive()])
  .readonly()
  .refine(([low, high]) => low <= high, "the first must not exceed the second");
const share = range.refine(([, high]) => high <= 1, "a share of the area is at most 1");

const specs = [
  /** The shorter side to `size`, or to [height, width]; bilinear unless said. */
  z.strictObject({ name: z.literal("resize"), size, filter: filter.optional() }),
  z.strictObject({ name: z.literal("centreCrop"), size }),
  /** `size` out of the image with `padding` black pixels around (0 unless said). */
  z.strictObject({ name: z.literal("randomCrop"), size, padding: z.int().min(0).max(4096).optional() }),
  /** Area `scale` (0.08 to 1 unless said), width/height `ratio` (3/4 to 4/3), bilinear. */
  z.strictObject({
    name: z.literal("randomResizedCrop"),
    size,
    scale: share.optional(),
    ratio: range.optional(),
    filter: filter.optional(),
  }),
  /** Mirrored with `probability`, ½ unless said. */
  z.strictObject({ name: z.literal("horizontalFlip"), probability: z.number().min(0).max(1).optional() }),
] as const;

/** One step from image to image, as plain data. */
export const transformSchema = z.discriminatedUnion("name", specs);
export type TransformSpec = z.infer<typeof transformSchema>;

/** `image` after all `specs` in turn; a pure function of the image and the stream. */
export function applyTransforms(image: RawImage, specs: readonly TransformSpec[], random: Generator): RawImage {
  return specs.reduce((current, spec) => applyTransform(current, spec, random), image);
}

function applyTransform(image: RawImage, spec: TransformSpec, random: Generator): RawImage {
  switch (spec.name) {
    case "resize":
      return resize(image, spec.size, spec.filter ?? "bilinear");
    case "centreCrop":
      return centreCrop(image, spec.size);
    case "randomCrop":
      return randomCrop(image, spec.size, spec.padding ?? 0, random);
    case "randomResizedCrop": {
      const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3] } = spec;
      return randomResizedCrop(image, spec.size, { scale, ratio }, spec.filter ?? "bilinear", random);
    }
    case "horizontalFlip":
      return random.uniform() < (spec.probability ?? 0.5) ? flipHorizontally(image) : image;
  }
}
