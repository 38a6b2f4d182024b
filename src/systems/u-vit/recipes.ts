import { defineRecipe } from "../../train/recipe.ts";
import { uVit } from "./method.ts";

/** What the small presets share (u-vit section 9.2): rates and averages for runs of thousands of steps. */
const shortRun = {
  optimiser: { peakLearningRate: 1e-3, warmupSteps: 100, beta1: 0.99, beta2: 0.99, weightDecay: 0.03 },
  ema: { rate: 0.999, shortRun: true },
} as const;

const smoke = {
  data: { count: 64, valCount: 16, workers: 0 },
  model: { width: 16, depth: 2, heads: 2 },
  batchSize: 8,
  steps: 4,
  logEvery: 2,
  validation: { images: 16, batchSize: 8, every: 2 },
  samples: { count: 8, steps: 3, every: 4 },
} as const;

/**
 * The gate of u-vit section 9.3: 17 blocks of width 64 on 16-pixel images, unconditional. Its two arms
 * (model.skip=concat and none) show what long skips are for: faster convergence.
 * Run: fovea train u-vit/tiny. Measured result, time and machine: docs/results/u-vit.md.
 * Unlike the paper: a tiny network, batch 32, 1,000 steps, no last convolution, an average of 0.99.
 */
export const tiny = defineRecipe(
  uVit,
  {
    ...shortRun,
    data: { scene: "u-vit", imageSize: 16, count: 8192, valCount: 512 },
    model: { patchSize: 4, width: 64, depth: 16, heads: 4, outputConv: "none" },
    ema: { rate: 0.99, shortRun: true },
    samples: { steps: 20, sampler: "dpm-solver", clamp: true },
    validation: { every: 200 },
    batchSize: 32,
    steps: 1000,
  },
  { about: "16-pixel images from noise by a tiny U-ViT, unconditional, about 1 minute on 2 cores", smoke },
);

/**
 * 16-pixel images by class, with guidance. Run: fovea train u-vit/tiny-cond, then fovea sample RUN --label ring.
 * Measured result, time and machine: docs/results/u-vit.md.
 * Unlike the paper: a tiny network, batch 32, thousands of steps with a rate that falls at the end, the last convolution
 * starts as the identity, estimates of the image are clamped while sampling.
 */
export const tinyCond = defineRecipe(
  uVit,
  {
    ...shortRun,
    data: { scene: "u-vit", imageSize: 16, count: 8192, valCount: 512 },
    model: { patchSize: 2, width: 96, depth: 6, heads: 4, identityConv: true },
    optimiser: { ...shortRun.optimiser, decay: 0.2 },
    condition: "class",
    conditionDropout: 0.1,
    samples: { count: 32, steps: 20, guidance: 1, clamp: true },
    batchSize: 32,
    steps: 3000,
  },
  { about: "16-pixel images by class with guidance, by a small U-ViT", smoke },
);
