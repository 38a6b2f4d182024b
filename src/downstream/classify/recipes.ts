import { defineRecipe } from "../../train/recipe.ts";
import { tinyVit } from "../vit-recipe.ts";
import { classify } from "./method.ts";

/**
 * ViT-nano/4 on 32-pixel images; with init.from=RUN it fine-tunes what data-scaling/tiny has pre-trained.
 * Run: fovea train classify/tiny init.from=runs/NAME. Measured result, time and machine: docs/results/first-light.md.
 * Augmentation of data-scaling section 4.3 for 32 pixels and below: crop with padding 4, flip; label smoothing 0.1.
 */
export const tiny = defineRecipe(
  classify,
  {
    data: { imageSize: 32 }, // data.root=DIR: real images
    model: tinyVit,
    optimiser: { peakLearningRate: 2e-3, referenceBatchSize: 64, warmup: 0.1, layerDecay: 1 },
    batchSize: 64,
    steps: 600,
  },
  {
    about: "classification of 32-pixel images, about 2 minutes on 2 cores",
    smoke: {
      data: { count: 128, valCount: 32, workers: 0 },
      batchSize: 16,
      steps: 8,
      logEvery: 2,
      validation: { images: 32, batchSize: 16, every: 4 },
    },
  },
);

/**
 * ViT-S/16 on 224-pixel images of one's own, from the start or from pre-trained weights.
 * Run: fovea train classify/small data.root=FOLDER. Not measured yet; hours on a processor, better on a GPU.
 */
export const small = defineRecipe(
  classify,
  {
    data: { imageSize: 224, workers: 2 },
    model: { backbone: "vit-s", patchSize: 16, dropPath: 0.1 },
    optimiser: { peakLearningRate: 5e-4, referenceBatchSize: 64, warmup: 0.1, layerDecay: 0.75 },
    batchSize: 64,
    epochs: 30,
  },
  {
    about: "classification of 224-pixel images with a ViT-S",
    smoke: {
      data: { count: 16, valCount: 8, imageSize: 64, workers: 0 },
      model: { backbone: "vit-nano" },
      batchSize: 4,
      steps: 2,
      logEvery: 1,
      validation: { images: 8, batchSize: 4, every: 2 },
    },
  },
);
