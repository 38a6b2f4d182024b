import { defineRecipe } from "../../train/recipe.ts";
import { uVitAutoencoder } from "./autoencoder/method.ts";
import { uVit } from "./method.ts";
import { uVitText } from "./text/method.ts";

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

/**
 * The small autoencoder of u-vit section 9.2: 32-pixel images to latents of 4 × 8 × 8. Run: fovea train
 * u-vit/tiny-autoencoder --name ae, then fovea features ae --to u-vit-moments.
 * Unlike Stable Diffusion's: 954,567 parameters, norms of 8 groups, absolute error without perceptual and adversarial terms.
 */
export const tinyAutoencoder = defineRecipe(
  uVitAutoencoder,
  {
    data: { scene: "u-vit", task: "captions", imageSize: 32, count: 8192, valCount: 512 },
    model: { width: 32, widthFactors: [1, 2, 2], blocks: 1, latentChannels: 4, groups: 8 },
    batchSize: 32,
    steps: 3000,
  },
  {
    about: "a small KL autoencoder, 32-pixel images to latents of 4 × 8 × 8",
    smoke: {
      data: { count: 64, valCount: 16, workers: 0, imageSize: 16 },
      model: { width: 8, widthFactors: [1, 2], groups: 4 },
      batchSize: 8,
      steps: 4,
      logEvery: 2,
      validation: { images: 16, batchSize: 8, pictures: 4, every: 4 },
    },
  },
);

/**
 * Latents by class: the moments that `fovea features` wrote to u-vit-moments. Schedule B and DPM-Solver++, as the paper's
 * largest models. Run: fovea train u-vit/tiny-latent latents.from=u-vit-moments. Measured: docs/results/u-vit.md.
 */
export const tinyLatent = defineRecipe(
  uVit,
  {
    ...shortRun,
    latents: { from: "u-vit-moments" },
    model: { patchSize: 1, width: 96, depth: 6, heads: 4, identityConv: true },
    optimiser: { ...shortRun.optimiser, decay: 0.2 },
    objective: { schedule: "stable-diffusion" },
    condition: "class",
    conditionDropout: 0.1,
    samples: { count: 32, steps: 20, sampler: "dpm-solver++", guidance: 1 },
    batchSize: 32,
    steps: 3000,
  },
  { about: "32-pixel images by class, generated as latents of a small autoencoder", smoke: { ...smoke, data: {} } },
);

/**
 * A text encoder of 64 × 2 layers for the world's captions, trained to tell which of 128 captions belongs to an image.
 * Run: fovea train u-vit/tiny-text-encoder --name words. Measured: docs/results/u-vit.md.
 */
export const tinyTextEncoder = defineRecipe(
  uVitText,
  {
    data: { scene: "u-vit", task: "captions", imageSize: 32, count: 8192, valCount: 512 },
    batchSize: 128,
    steps: 1000,
  },
  {
    about: "a small text encoder for captions of the procedural world",
    smoke: {
      data: { count: 64, valCount: 16, workers: 0, imageSize: 16 },
      model: { width: 16, layers: 1, heads: 2, embed: 8 },
      batchSize: 8,
      steps: 4,
      logEvery: 2,
      validation: { images: 16, every: 4 },
    },
  },
);

/**
 * Latents by caption: the moments of `tiny-autoencoder` (whose data have captions) and the encoder of
 * `tiny-text-encoder`, frozen inside the model. Run: fovea train u-vit/tiny-text latents.from=u-vit-moments
 * text.from=runs/words, then fovea sample RUN --text "large red ring on blue". Measured: docs/results/u-vit.md.
 */
export const tinyText = defineRecipe(
  uVit,
  {
    ...shortRun,
    latents: { from: "u-vit-moments" },
    text: { from: "runs/words" },
    model: { patchSize: 1, width: 96, depth: 6, heads: 4, identityConv: true },
    optimiser: { ...shortRun.optimiser, decay: 0.2 },
    objective: { schedule: "stable-diffusion" },
    condition: "text",
    conditionDropout: 0.1,
    samples: {
      count: 32,
      steps: 20,
      sampler: "dpm-solver++",
      guidance: 1,
      prompts: [
        "large red ring on blue",
        "small yellow disc on magenta",
        "large green square on red",
        "large cyan triangle on magenta",
        "small blue cross on yellow",
        "large magenta diamond on green",
        "large yellow horizontal bar on blue",
        "small red striped vertical bar on cyan",
      ],
    },
    batchSize: 32,
    steps: 3000,
  },
  { about: "32-pixel images by caption, generated as latents of a small autoencoder", smoke: { ...smoke, data: {} } },
);

/** CIFAR-10 in pixels as released (FID 3.11): U-ViT-S/2, unconditional, Euler-Maruyama of 1,000 steps. For many GPUs. */
export const paperCifar10 = defineRecipe(
  uVit,
  {
    data: { imageSize: 32, workers: 8 },
    model: { patchSize: 2, width: 512, depth: 12, heads: 8 },
    optimiser: { peakLearningRate: 2e-4, warmupSteps: 2500, beta1: 0.99, beta2: 0.999, weightDecay: 0.03 },
    samples: { sampler: "euler-maruyama", steps: 1000, count: 100, every: 5000 },
    batchSize: 128,
    steps: 500_000,
    checkpoints: { everySteps: 50_000 },
  },
  { about: "U-ViT-S/2 on CIFAR-10 as released: for a large machine (data.root=CIFAR10)", smoke },
);

/** CelebA 64 as released (FID 2.87): U-ViT-S/4, unconditional. For many GPUs. */
export const paperCeleba64 = defineRecipe(
  uVit,
  {
    data: { imageSize: 64, workers: 8 },
    crop: "celeba",
    model: { patchSize: 4, width: 512, depth: 12, heads: 8 },
    optimiser: { peakLearningRate: 2e-4, warmupSteps: 5000, beta1: 0.99, beta2: 0.99, weightDecay: 0.03 },
    samples: { sampler: "euler-maruyama", steps: 1000, count: 100, every: 5000 },
    batchSize: 128,
    steps: 500_000,
    checkpoints: { everySteps: 50_000 },
  },
  { about: "U-ViT-S/4 on CelebA as released: for a large machine (data.root=img_align_celeba)", smoke },
);

/** ImageNet 64 as released (FID 5.85): U-ViT-M/4 by class, without guidance. For many GPUs. */
export const paperImagenet64 = defineRecipe(
  uVit,
  {
    data: { imageSize: 64, workers: 8 },
    crop: "adm",
    condition: "class",
    model: { patchSize: 4, width: 768, depth: 16, heads: 12 },
    optimiser: { peakLearningRate: 3e-4, warmupSteps: 5000, beta1: 0.99, beta2: 0.99, weightDecay: 0.03 },
    samples: { sampler: "dpm-solver", steps: 50, count: 100, every: 5000 },
    recompute: true,
    batchSize: 1024,
    steps: 300_000,
    checkpoints: { everySteps: 50_000 },
  },
  { about: "U-ViT-M/4 on ImageNet at 64 pixels as released: for a large machine (data.root=IMAGENET)", smoke },
);

/** Latents of ImageNet 256 as released (FID 2.29 with guidance 0.4): U-ViT-H/2, schedule B. For many GPUs. */
export const paperImagenet256 = defineRecipe(
  uVit,
  {
    latents: { from: "imagenet256-moments" },
    condition: "class",
    conditionDropout: 0.1,
    objective: { schedule: "stable-diffusion" },
    model: { patchSize: 2, width: 1152, depth: 28, heads: 16, outputConv: "none" },
    optimiser: { peakLearningRate: 2e-4, warmupSteps: 5000, beta1: 0.99, beta2: 0.99, weightDecay: 0.03 },
    samples: { sampler: "dpm-solver++", steps: 50, guidance: 0.4, count: 50, every: 5000 },
    recompute: true,
    batchSize: 1024,
    steps: 500_000,
    checkpoints: { everySteps: 50_000 },
  },
  {
    about: "U-ViT-H/2 on latents of ImageNet at 256 pixels as released: for a large machine",
    smoke: { ...smoke, data: {} },
  },
);
