import { z } from "zod";
import { cacheSchema } from "../../data/cache/image-cache.ts";
import { samplerSchema } from "../../data/sampling/sampler.ts";
import type { MixSpec } from "../../data/transforms/mix-batch.ts";
import { erasingSchema } from "../../data/transforms/random-erasing.ts";
import { transformSchema } from "../../data/transforms/transform.ts";
import { baseRecipeShape } from "../../train/recipe.ts";
import { dataShape } from "../data-recipe.ts";
import { classifierShape, isTransformer } from "./classifier-recipe.ts";
import { cropShape } from "./crop-recipe.ts";

const rate = z.number().min(0).max(1);
const learningRate = z.number().min(0);
const positive = z.number().positive();

/** Recipe of supervised training and fine-tuning. Sizes are pixels unless said. */
export const classifySchema = z
  .strictObject({
    ...baseRecipeShape,
    data: dataShape,
    model: classifierShape.prefault({}),
    augmentation: z
      .strictObject({
        ...cropShape,
        /** α of mixup; 0: off. */
        mixup: z.number().min(0).default(0),
        /** α of cutmix. With it, or `switchProbability` or `mixProbability`, a batch is mixed by one draw as in timm. */
        cutmix: z.number().min(0).max(1).optional(),
        /** That a batch is cut rather than mixed where both are on. */
        switchProbability: rate.optional(),
        /** That a batch is mixed at all. */
        mixProbability: rate.optional(),
        /** What follows crop and mirror, in this order: `randAugment`, `colourJitter`, `threeAugment` and so on. */
        further: z.array(transformSchema).readonly().optional(),
        /** Boxes of noise in the normalised images. */
        erasing: erasingSchema.optional(),
      })
      .prefault({}),
    /** What an epoch consists of; every image once when absent. */
    sampling: samplerSchema.optional(),
    /** Decoded training images on disk, between epochs and runs. */
    cache: cacheSchema.optional(),
    labelSmoothing: z.number().min(0).lt(1).default(0.1),
    optimiser: z
      .strictObject({
        /** Rates are stated for `referenceBatchSize` and scaled in proportion to `batchSize`. */
        peakLearningRate: learningRate.default(1e-3),
        warmupLearningRate: learningRate.default(1e-6),
        minimumLearningRate: learningRate.default(1e-6),
        referenceBatchSize: z.int().min(1).default(512),
        /** Share of the run. */
        warmup: rate.default(0.2),
        weightDecay: z.number().min(0).default(0.05),
        /** Factor between the rates of neighbouring layers; 1: all learn alike. */
        layerDecay: z.number().gt(0).max(1).default(1),
        clipNorm: positive.default(5),
        /** Micro-batches per update. */
        accumulate: z.int().min(1).default(1),
      })
      .prefault({}),
    validation: z
      .strictObject({
        /** Use only the first so many held-out images. */
        images: z.int().min(1).optional(),
        batchSize: z.int().min(1).default(64),
        /** Updates between evaluations; by default 8 in a run. */
        every: z.int().min(1).optional(),
        /** Pictures in the grid of predictions. */
        pictures: z.int().min(1).max(64).default(16),
      })
      .prefault({}),
  })
  .refine(({ data, model }) => !isTransformer(model) || data.imageSize % model.patchSize === 0, {
    path: ["model", "patchSize"],
    message: "must divide data.imageSize",
  })
  .refine(({ batchSize, augmentation }) => batchSize % 2 === 0 || mixOf(augmentation) === undefined, {
    path: ["batchSize"],
    message: "must be even with cutmix, which pairs the images of a batch",
  })
  .refine(({ batchSize, optimiser }) => batchSize % optimiser.accumulate === 0, {
    path: ["optimiser", "accumulate"],
    message: "must divide batchSize",
  });

/** How batches are mixed, where the recipe says more than `mixup`. */
export function mixOf(augmentation: {
  readonly mixup: number;
  readonly cutmix?: number | undefined;
  readonly switchProbability?: number | undefined;
  readonly mixProbability?: number | undefined;
}): MixSpec | undefined {
  const { mixup, cutmix, switchProbability, mixProbability: probability } = augmentation;
  if (cutmix === undefined && switchProbability === undefined && probability === undefined) return undefined;
  return { mixup, cutmix: cutmix ?? 0, switchProbability, probability };
}

export type ClassifyRecipe = z.infer<typeof classifySchema>;
