import { z } from "zod";
import { dataShape } from "../../../downstream/data-recipe.ts";
import { baseRecipeShape } from "../../../train/recipe.ts";
import { squareCrop } from "../square-transforms.ts";

const share = z.number().min(0).max(1);
const below1 = z.number().min(0).lt(1);

/** Recipe of a KL autoencoder for latents. Defaults are Stable Diffusion's sizes and the rates of our small one. */
export const autoencoderSchema = z.strictObject({
  ...baseRecipeShape,
  data: dataShape,
  crop: squareCrop,
  flip: share.default(0.5),
  model: z
    .strictObject({
      width: z.int().min(1).default(128),
      widthFactors: z.array(z.int().min(1)).min(1).default([1, 2, 4, 4]),
      blocks: z.int().min(1).default(2),
      latentChannels: z.int().min(1).default(4),
      /** Of the norms; see `CoderOptions.groups`. */
      groups: z.int().min(1).default(32),
    })
    .prefault({}),
  /** Weight of the divergence from N(0, 1) beside the mean absolute error, both summed over an image. */
  klWeight: z.number().min(0).default(1e-6),
  optimiser: z
    .strictObject({
      peakLearningRate: z.number().min(0).default(1e-3),
      warmupSteps: z.int().min(0).default(100),
      beta1: below1.default(0.9),
      beta2: below1.default(0.999),
      weightDecay: z.number().min(0).default(0),
      clipNorm: z.number().positive().default(1),
    })
    .prefault({}),
  validation: z
    .strictObject({
      images: z.int().min(1).default(256),
      batchSize: z.int().min(1).default(64),
      /** Updates between evaluations; by default 8 in a run. */
      every: z.int().min(1).optional(),
      pictures: z.int().min(1).max(64).default(16),
    })
    .prefault({}),
});

export type AutoencoderRecipe = z.infer<typeof autoencoderSchema>;
