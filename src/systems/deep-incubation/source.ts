import type { Dataset } from "../../data/dataset.ts";
import type { Batch } from "../../data/loader.ts";
import { drawMix, mixImages, mixTargets } from "../../data/transforms/mix-batch.ts";
import { imagenetNormalisation } from "../../data/transforms/normalise.ts";
import type { TransformSpec } from "../../data/transforms/transform.ts";
import { trainingTransforms } from "../../downstream/classify/augmentation.ts";
import { smoothedTargets } from "../../downstream/classify/soft-targets.ts";
import { LoaderSource } from "../../downstream/loader-source.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { generator } from "../../random/generator.ts";
import type { Feeds } from "../../train/task.ts";
import type { IncubationRecipe } from "./schema.ts";

export interface SourceParts {
  readonly dataset: Dataset;
  readonly indices: Int32Array;
  /** Classes of the targets; 0: none are fed. */
  readonly targets: number;
}

/** Images of an epoch: the repeated sampler rounds them down to whole 256s (section 4.3). */
export const epochLength = ({ augmentation }: IncubationRecipe, images: number): number =>
  augmentation.repeats === 1 || images < 256 ? images : 256 * Math.floor(images / 256);

/** The pipeline of section 4.3: crop, mirror, RandAugment, normalise, erase; then mixup or cutmix of the batch. */
export function trainingSource(recipe: IncubationRecipe, { dataset, indices, targets }: SourceParts): LoaderSource {
  const { data, augmentation, batchSize, seed } = recipe;
  const { repeats, erasing } = augmentation;
  return new LoaderSource(
    {
      dataset,
      subset: indices,
      transforms: transforms(recipe),
      normalise: imagenetNormalisation,
      imageSize: data.imageSize,
      batchSize,
      seed,
      workers: data.workers,
      ...(erasing === 0 ? {} : { erasing: { probability: erasing } }),
      ...(repeats === 1 ? {} : { sampler: { name: "repeated", repeats } }),
    },
    (batch) => feedsOf(batch, recipe, targets),
  );
}

function transforms({ data, augmentation }: IncubationRecipe): TransformSpec[] {
  const { crop, padding, scale, ratio, flip, randAugment } = augmentation;
  return [
    ...trainingTransforms({ data, augmentation: { crop, padding, scale, ratio, flip, mixup: 0 } }),
    ...(randAugment ? [{ name: "randAugment" } as const] : []),
  ];
}

/** Images and smoothed labels, mixed where the recipe says so. */
function feedsOf(
  batch: Batch,
  { batchSize, labelSmoothing, augmentation, seed, data }: IncubationRecipe,
  classes: number,
): Feeds {
  const { mixup, cutmix } = augmentation;
  const isMixed = mixup > 0 || cutmix > 0;
  const images = isMixed ? batch.images.slice() : batch.images; // a batch may be asked for twice
  const size = { height: data.imageSize, width: data.imageSize };
  const mix = drawMix({ mixup, cutmix }, size, generator(seed, "mix", batch.step));
  if (isMixed) mixImages(images, batchSize, size, mix);
  const feeds = { images: hostTensor("float32", [batchSize, 3, data.imageSize, data.imageSize], images) };
  if (classes === 0) return feeds;
  const targets = smoothedTargets(batch.labels, classes, labelSmoothing);
  if (isMixed) mixTargets(targets, batchSize, mix);
  return { ...feeds, targets: hostTensor("float32", [batchSize, classes], targets) };
}
