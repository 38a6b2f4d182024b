import { z } from "zod";
import { dataShape } from "../../downstream/data-recipe.ts";
import type { MaskSpec } from "../../data/masks/mask-spec.ts";
import { baseRecipeShape } from "../../train/recipe.ts";
import { backboneShape } from "../../downstream/backbone-recipe.ts";

const rate = z.number().min(0).max(1);
const learningRate = z.number().min(0);

/** Recipe of masked pre-training. Sizes are pixels unless said. Defaults are the paper's for its ViT-B where it has one. */
export const dataScalingSchema = z
  .strictObject({
    ...baseRecipeShape,
    data: dataShape,
    model: backboneShape.prefault({}),
    mask: z
      .strictObject({
        /** Side of what is masked together; a multiple of `model.patchSize`, a divisor of `data.imageSize`. */
        patchSize: z.int().min(1).default(32),
        ratio: z.number().positive().max(1).default(0.6),
      })
      .prefault({}),
    target: z
      .strictObject({
        /** Regress locally normalised pixels (section 3.4); false: pixels as the network sees them. */
        normalise: z.boolean().default(false),
        /** Odd side of the window. */
        window: z.int().min(1).default(47),
      })
      .prefault({})
      .refine(({ window }) => window % 2 === 1, { path: ["window"], message: "must be odd" }),
    augmentation: z
      .strictObject({
        /** Share of the image's area that a random crop keeps. */
        scale: z.tuple([rate, rate]).default([0.67, 1]),
        ratio: z.tuple([z.number().positive(), z.number().positive()]).default([3 / 4, 4 / 3]),
        /** Probability of mirroring. */
        flip: rate.default(0.5),
      })
      .prefault({}),
    optimiser: z
      .strictObject({
        /** Rates are stated for `referenceBatchSize` and scaled in proportion to `batchSize`. */
        peakLearningRate: learningRate.default(1e-4),
        warmupLearningRate: learningRate.default(5e-7),
        minimumLearningRate: learningRate.default(0),
        referenceBatchSize: z.int().min(1).default(512),
        schedule: z.enum(["multistep", "cosine"]).default("multistep"),
        /** Share of the run; `warmupSteps` wins. */
        warmup: rate.default(0.0125),
        warmupSteps: z.int().min(0).optional(),
        /** Share of the run after which a multistep rate falls to a tenth. */
        milestone: rate.default(7 / 8),
        weightDecay: z.number().min(0).default(0.05),
        clipNorm: z.number().positive().default(5),
        /** Micro-batches per update. */
        accumulate: z.int().min(1).default(1),
      })
      .prefault({}),
    validation: z
      .strictObject({
        images: z.int().min(1).default(1024),
        batchSize: z.int().min(1).default(64),
        maskSeed: z.int().min(0).default(0),
        /** Training images for `trainEval/loss`. */
        trainImages: z.int().min(1).default(512),
        /** Updates between evaluations; by default 16 in a run. */
        every: z.int().min(1).optional(),
        /** Pictures in the grid of reconstructions; 0: no grid. */
        pictures: z.int().min(0).max(64).default(8),
      })
      .prefault({}),
  })
  .refine(({ data, mask }) => data.imageSize % mask.patchSize === 0, {
    path: ["mask", "patchSize"],
    message: "must divide data.imageSize",
  })
  .refine(({ model, mask }) => mask.patchSize % model.patchSize === 0, {
    path: ["mask", "patchSize"],
    message: "must be a multiple of model.patchSize",
  })
  .refine(({ batchSize, optimiser }) => batchSize % optimiser.accumulate === 0, {
    path: ["optimiser", "accumulate"],
    message: "must divide batchSize",
  });

export type DataScalingRecipe = z.infer<typeof dataScalingSchema>;

/** The recipe's masks: over tokens, in squares of `mask.patchSize` pixels. */
export const maskSpec = ({ data, model, mask }: Pick<DataScalingRecipe, "data" | "model" | "mask">): MaskSpec => ({
  name: "simmim",
  imageSize: data.imageSize,
  patchSize: model.patchSize,
  maskPatch: mask.patchSize,
  ratio: mask.ratio,
});
