import { z } from "zod";
import type { Generator } from "../../random/generator.ts";
import type { RawImage } from "../image.ts";
import type { Part } from "../image-part.ts";
import { greyscale } from "./blend-operators.ts";
import { colourJitter, threeAugment } from "./colour-jitter.ts";
import { admCrop } from "./adm-crop.ts";
import { centreBox, middleSquare, randomBox, randomPlace, type CropBox } from "./crop.ts";
import { cropGeometry, flipGeometry, resizeGeometry } from "./geometry.ts";
import { moveView } from "./move-view.ts";
import { imagenetMean, randAugment } from "./rand-augment.ts";
import { recolour } from "./recolour.ts";
import { filters, type Filter } from "./resample.ts";
import { resizedTo } from "./resize.ts";
import { largeScaleJitter, multiScaleBox, multiScaleRatios } from "./scale-crops.ts";
import { checkHolds, sizePair, type Size } from "./size.ts";
import type { View } from "./view.ts";

const pixels = z.int().min(1).max(32_768);
const size = z.union([pixels, z.tuple([pixels, pixels]).readonly()]);
const margin = z.int().min(0).max(4096);
const filter = z.enum(filters);
const range = z
  .tuple([z.number().positive(), z.number().positive()])
  .readonly()
  .refine(([low, high]) => low <= high, "the first must not exceed the second");
const share = range.refine(([, high]) => high <= 1, "a share of the area is at most 1");

const probability = z.number().min(0).max(1);
const byte = z.int().min(0).max(255);
const colour = z.tuple([byte, byte, byte]).readonly();
const amount = z.number().min(0).max(10);

const specs = [
  /** The shorter side to `size`, or to [height, width]; bilinear unless said. */
  z.strictObject({ name: z.literal("resize"), size, filter: filter.optional() }),
  z.strictObject({ name: z.literal("centreCrop"), size }),
  /** The largest square in the middle. */
  z.strictObject({ name: z.literal("centreSquare") }),
  /** ADM's square of ImageNet; see `admCrop`. */
  z.strictObject({ name: z.literal("admCrop"), size: pixels }),
  /** A fixed rectangle, [top, left, height, width]. */
  z.strictObject({
    name: z.literal("crop"),
    box: z.tuple([z.int().min(0), z.int().min(0), pixels, pixels]).readonly(),
  }),
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
  z.strictObject({ name: z.literal("horizontalFlip"), probability: probability.optional() }),
  /** [left, top, right, bottom] pixels of `fill` (black unless said) around. */
  z.strictObject({
    name: z.literal("pad"),
    margins: z.tuple([margin, margin, margin, margin]).readonly(),
    fill: colour.optional(),
  }),
  /** timm's `rand-m9-mstd0.5-inc1` unless said: 2 operators, 9 ± 0.5, each with probability ½; see `randAugment`. */
  z.strictObject({
    name: z.literal("randAugment"),
    operators: z.int().min(1).max(20).optional(),
    magnitude: z.number().min(0).max(10).optional(),
    magnitudeStd: z.number().min(0).max(10).optional(),
    probability: probability.optional(),
    fill: colour.optional(),
  }),
  /** Half-widths, 0 unless said; with `probability`, 1 unless said. */
  z.strictObject({
    name: z.literal("colourJitter"),
    brightness: amount.optional(),
    contrast: amount.optional(),
    saturation: amount.optional(),
    hue: z.number().min(0).max(0.5).optional(),
    probability: probability.optional(),
  }),
  /** Grey in all channels, with `probability`, 0.2 unless said. */
  z.strictObject({ name: z.literal("greyscale"), probability: probability.optional() }),
  /** DeiT III's, with colour jitter `jitter` (0.3 unless said) of brightness, contrast and saturation. */
  z.strictObject({ name: z.literal("threeAugment"), jitter: amount.optional() }),
  /** Scaled by 0.1 to 2 unless said, then a fixed window; grey 128 outside. */
  z.strictObject({
    name: z.literal("largeScaleJitter"),
    size,
    scale: range.optional(),
    fill: colour.optional(),
  }),
  /** Sides of 1, 0.875, 0.75, 0.66 of the shorter one unless said, at five places, then scaled to `size`, bilinear. */
  z.strictObject({
    name: z.literal("multiScaleCrop"),
    size,
    ratios: z.array(z.number().positive().max(1)).min(1).readonly().optional(),
    filter: filter.optional(),
  }),
] as const;

/** One step from image to image, as plain data. */
export const transformSchema = z.discriminatedUnion("name", specs);
export type TransformSpec = z.infer<typeof transformSchema>;

/** `image` after all `specs` in turn; a pure function of the image and the stream. */
export const applyTransforms = (image: RawImage, specs: readonly TransformSpec[], random: Generator): RawImage =>
  transformView({ image }, specs, random).image;

/** Image and targets after all `specs` in turn, moved together; a pure function of the view and the stream. */
export function transformView(view: View, specs: readonly TransformSpec[], random: Generator): View {
  return specs.reduce((current, spec) => applyTransform(current, spec, random), view);
}

/**
 * Where the first of `specs` only looks at a part of the image: that part, the same whenever it is asked for, and what is
 * left to do with it. Together they give what `transformView` gives, with the same draws from the stream.
 */
export function leadingPart(
  specs: readonly TransformSpec[],
  random: Generator,
): { readonly part: Part; readonly rest: readonly TransformSpec[] } | undefined {
  const [first, ...others] = specs;
  if (first?.name !== "randomResizedCrop") return undefined;
  const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3], size, filter } = first;
  let box: CropBox | undefined;
  return {
    part: ({ width, height }) => (box ??= randomBox(width, height, { scale, ratio }, random)),
    rest: [{ name: "resize", size: sizePair(size), filter }, ...others],
  };
}

function applyTransform(view: View, spec: TransformSpec, random: Generator): View {
  const { image } = view;
  switch (spec.name) {
    case "resize":
      return moveView(view, resizeGeometry(image, ...resizedTo(image, spec.size), spec.filter ?? "bilinear"));
    case "centreCrop":
      return moveView(view, cropGeometry(centreBox(image, spec.size)));
    case "centreSquare":
      return moveView(view, cropGeometry(middleSquare(image)));
    case "admCrop":
      return admCrop(view, spec.size);
    case "crop": {
      const [top, left, height, width] = spec.box;
      checkHolds("crop", image.width, image.height, left + width, top + height);
      return moveView(view, cropGeometry({ top, left, height, width }));
    }
    case "randomCrop":
      return moveView(view, cropGeometry(randomPlace(image, spec.size, spec.padding ?? 0, random)));
    case "randomResizedCrop": {
      const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3] } = spec;
      return resizedCrop(view, randomBox(image.width, image.height, { scale, ratio }, random), spec);
    }
    case "horizontalFlip":
      return random.uniform() < (spec.probability ?? 0.5) ? moveView(view, flipGeometry(image)) : view;
    case "pad": {
      const [left, top, right, bottom] = spec.margins;
      const [width, height] = [image.width + left + right, image.height + top + bottom];
      return moveView(view, cropGeometry({ left: -left, top: -top, width, height }, spec.fill));
    }
    case "largeScaleJitter":
      return largeScaleJitter(view, spec.size, spec.scale ?? [0.1, 2], spec.fill ?? [128, 128, 128], random);
    case "multiScaleCrop":
      return resizedCrop(view, multiScaleBox(image, spec.size, spec.ratios ?? multiScaleRatios, random), spec);
    case "randAugment": {
      const { operators = 2, magnitude = 9, magnitudeStd = 0.5, probability = 0.5, fill = imagenetMean } = spec;
      return randAugment(view, { operators, magnitude, magnitudeStd, probability, fill }, random);
    }
    case "colourJitter": {
      const { brightness = 0, contrast = 0, saturation = 0, hue = 0, probability = 1 } = spec;
      return random.uniform() < probability
        ? colourJitter(view, { brightness, contrast, saturation, hue }, random)
        : view;
    }
    case "greyscale":
      return random.uniform() < (spec.probability ?? 0.2) ? recolour(view, greyscale) : view;
    case "threeAugment": {
      const { jitter = 0.3 } = spec;
      return threeAugment(view, { brightness: jitter, contrast: jitter, saturation: jitter, hue: 0 }, random);
    }
  }
}

function resizedCrop(
  view: View,
  box: CropBox,
  { size, filter = "bilinear" }: { size: Size; filter?: Filter | undefined },
): View {
  const [height, width] = sizePair(size);
  return moveView(moveView(view, cropGeometry(box)), resizeGeometry(box, width, height, filter));
}
