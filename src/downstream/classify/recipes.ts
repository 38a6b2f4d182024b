import { defineRecipe } from "../../train/recipe.ts";
import { classify } from "./method.ts";

/**
 * ViT-micro/4 on 32-pixel images; with init.from=RUN it fine-tunes what data-scaling/tiny has pre-trained.
 * Run: fovea train classify/tiny init.from=runs/NAME. Measured result, time and machine: docs/results/first-light.md.
 * Augmentation of data-scaling section 4.3 for 32 pixels and below: crop with padding 4, flip; label smoothing 0.1.
 */
export const tiny = defineRecipe(
  classify,
  {
    data: { imageSize: 32 }, // data.root=DIR: real images
    model: { backbone: "vit-micro", patchSize: 4, dropPath: 0 },
    optimiser: { peakLearningRate: 1e-3, referenceBatchSize: 64, warmup: 0.1, layerDecay: 1 },
    batchSize: 64,
    steps: 600,
  },
  {
    about: "classification of 32-pixel images, about 90 seconds on 2 cores",
    smoke: {
      data: { count: 128, valCount: 32, workers: 0 },
      model: { backbone: "vit-nano" },
      batchSize: 16,
      steps: 8,
      logEvery: 2,
      validation: { images: 32, batchSize: 16, every: 4 },
    },
  },
);
