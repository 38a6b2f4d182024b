import { defineRecipe } from "../../train/recipe.ts";
import { dataScaling } from "./method.ts";

/**
 * ViT-micro/4 on 32-pixel images, in the manner of data-scaling section 9: masked squares of 8 pixels (10 of 16), targets
 * normalised in a window of 11.
 * Run: fovea train data-scaling/tiny. Measured result, time and machine: docs/results/first-light.md.
 * Unlike the paper: ViT instead of Swin V2 as encoder, batch 64, thousands of images instead of millions.
 */
export const tiny = defineRecipe(
  dataScaling,
  {
    data: { imageSize: 32 }, // data.root=DIR: real images
    model: { backbone: "vit-micro", patchSize: 4, dropPath: 0 },
    mask: { patchSize: 8, ratio: 0.6 },
    target: { normalise: true, window: 11 },
    optimiser: {
      peakLearningRate: 1e-3,
      warmupLearningRate: 5e-6,
      referenceBatchSize: 64,
      warmup: 0.05,
      schedule: "cosine",
      minimumLearningRate: 1e-5,
    },
    batchSize: 64,
    steps: 600,
  },
  {
    about: "masked pre-training on 32-pixel images, about 90 seconds on 2 cores",
    smoke: {
      data: { count: 128, valCount: 32, workers: 0 },
      model: { backbone: "vit-nano" },
      batchSize: 16,
      steps: 8,
      logEvery: 2,
      validation: { images: 32, trainImages: 16, batchSize: 16, pictures: 4, every: 4 },
    },
  },
);
