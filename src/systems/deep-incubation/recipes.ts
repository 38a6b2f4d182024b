import { defineRecipe } from "../../train/recipe.ts";
import { deepIncubation } from "./method.ts";

/** Phases of section 9: the paper's shape, 300 / 100 + 100 epochs with 20 of warm-up, in a tenth of the epochs. */
const shortPhases = {
  meta: { epochs: 30, warmupEpochs: 2, dropPath: 0 },
  module: { epochs: 10, warmupEpochs: 2, dropPath: 0.1 },
  tuning: { epochs: 10, warmupEpochs: 0, dropPath: 0.1, clipNorm: 1 },
  endToEnd: { epochs: 30, warmupEpochs: 2, dropPath: 0.1 },
};

/** Section 4.2: 300 / 100 + 100 epochs. The drop path of fine-tuning grows with the model; that of modules does not. */
const paperPhases = (tuningDropPath: number) => ({
  meta: { epochs: 300, warmupEpochs: 20, dropPath: 0 },
  module: { epochs: 100, warmupEpochs: 20, dropPath: 0.1 },
  tuning: { epochs: 100, warmupEpochs: 0, dropPath: tuningDropPath, clipNorm: 1 },
  endToEnd: { epochs: 300, warmupEpochs: 20, dropPath: 0.1 },
});

/**
 * Section 9: batch 128, an explicit rate (the linear rule would give an eighth of it), crop and flip only. The schedule
 * moves in every update: the released one spends two epochs at its first rate, a fifth of a module's training here.
 */
const smallTraining = {
  data: { imageSize: 32 },
  optimiser: { peakLearningRate: 1e-3, referenceBatchSize: 128, schedule: "step" },
  batchSize: 128,
  phases: shortPhases,
} as const;

const smoke = {
  phase: "meta",
  data: { count: 64, valCount: 16, imageSize: 16, workers: 0 },
  model: { family: "vit", width: 32, heads: 2, depth: 8, patchSize: 4 },
  batchSize: 16,
  warmupEpochs: 0,
  steps: 2,
  logEvery: 1,
  validation: { images: 16, batchSize: 16, every: 2 },
} as const;

/**
 * The test of section 9: 8 blocks of width 32 in four modules, 16-pixel images. Seconds; it shows that everything fits,
 * not that it helps. Run: fovea train deep-incubation/test
 */
export const test = defineRecipe(
  deepIncubation,
  {
    ...smallTraining,
    data: { imageSize: 16, count: 512, valCount: 128, workers: 0 },
    model: { family: "vit", width: 32, heads: 2, depth: 8, patchSize: 4 },
    batchSize: 64,
    optimiser: { peakLearningRate: 1e-3, referenceBatchSize: 64, schedule: "step" },
    phases: {
      meta: { epochs: 3, warmupEpochs: 1, dropPath: 0 },
      module: { epochs: 1, warmupEpochs: 0, dropPath: 0.1 },
      tuning: { epochs: 1, warmupEpochs: 0, dropPath: 0.1, clipNorm: 1 },
      endToEnd: { epochs: 3, warmupEpochs: 1, dropPath: 0.1 },
    },
  },
  { about: "every phase of Deep Incubation in seconds: 8 blocks, 4 modules", smoke },
);

/**
 * ViT of 12 blocks of width 96 in four modules, 32-pixel images in patches of 8 (section 9).
 * Run: fovea train deep-incubation/tiny. Measured result, time and machine: docs/results/deep-incubation.md.
 */
export const tiny = defineRecipe(
  deepIncubation,
  { ...smallTraining, model: { family: "vit", width: 96, heads: 3, depth: 12, patchSize: 8 } },
  { about: "Deep Incubation of a 12-block ViT in 4 modules, about 10 minutes on 2 cores", smoke },
);

/**
 * 32 blocks of width 64: the preset in which depth is most of the network (section 9).
 * Run: fovea train deep-incubation/deep.
 */
export const deep = defineRecipe(
  deepIncubation,
  { ...smallTraining, model: { family: "vit", width: 64, heads: 4, depth: 32, patchSize: 8 } },
  { about: "Deep Incubation of a 32-block ViT in 4 modules, about 12 minutes on 2 cores", smoke },
);

/** 24 blocks of width 192 (section 9): hours on 2 cores. Run: fovea train deep-incubation/wide. Not measured here. */
export const wide = defineRecipe(
  deepIncubation,
  { ...smallTraining, model: { family: "vit", width: 192, heads: 3, depth: 24, patchSize: 8 } },
  { about: "Deep Incubation of a 24-block ViT of width 192, hours on 2 cores", smoke },
);

/**
 * CIFAR's ResNet-110 in three modules of 18 blocks, one for each group, beside a ResNet-8 as meta model. Frozen batch
 * norms keep their running statistics. Run: fovea train deep-incubation/resnet-110 data.root=CIFAR. Not measured here.
 */
export const resnet110 = defineRecipe(
  deepIncubation,
  {
    ...smallTraining,
    model: { family: "resnet", depth: 110 },
    modules: { count: 3 },
    optimiser: { peakLearningRate: 1e-3, referenceBatchSize: 128, schedule: "epoch" },
    phases: paperPhases(0),
  },
  {
    about: "Deep Incubation of a ResNet-110 in 3 modules: for a GPU",
    smoke: { ...smoke, model: { family: "resnet", depth: 20 } },
  },
);

/** A Swin-T cut at its stages, with the paper's phases. Run: fovea train deep-incubation/swin-t. Not measured here. */
export const swinT = defineRecipe(
  deepIncubation,
  {
    data: { imageSize: 224, workers: 8 },
    model: { family: "swin", size: "swin-t", window: 7 },
    modules: { depths: [2, 2, 6, 2] },
    batchSize: 2048,
    phases: paperPhases(0.2),
  },
  {
    about: "Deep Incubation of a Swin-T cut at its stages: for many machines",
    smoke: {
      ...smoke,
      data: { ...smoke.data, imageSize: 32 },
      model: { family: "swin", size: "swinv2-micro-s", patchSize: 2, window: 4 },
      modules: { depths: [2, 2, 2] },
    },
  },
);

/** Section 4.3, all of it. */
const paperTraining = {
  data: { imageSize: 224, workers: 8 },
  augmentation: { randAugment: true, erasing: 0.25, mixup: 0.8, cutmix: 1, repeats: 3 },
  batchSize: 2048,
  logEvery: 100,
} as const;

/** As released, for ImageNet: 82.4% top-1 (E2E 81.8). Run: fovea train deep-incubation/paper-base data.root=IMAGENET. */
export const paperBase = defineRecipe(
  deepIncubation,
  {
    ...paperTraining,
    model: { family: "vit", width: 768, heads: 12, depth: 12, patchSize: 16 },
    phases: paperPhases(0.1),
  },
  { about: "ViT-B at 224 pixels as published: for many machines and ImageNet", smoke },
);

/** As released, for ImageNet: 83.9% top-1 (E2E 81.4). Run: fovea train deep-incubation/paper-large data.root=IMAGENET. */
export const paperLarge = defineRecipe(
  deepIncubation,
  {
    ...paperTraining,
    model: { family: "vit", width: 1024, heads: 16, depth: 24, patchSize: 16 },
    phases: paperPhases(0.5),
  },
  { about: "ViT-L at 224 pixels as published: for many machines and ImageNet", smoke },
);

/** As released, for ImageNet: 84.3% top-1 (E2E 81.6). Run: fovea train deep-incubation/paper-huge data.root=IMAGENET. */
export const paperHuge = defineRecipe(
  deepIncubation,
  {
    ...paperTraining,
    model: { family: "vit", width: 1280, heads: 16, depth: 32, patchSize: 14, qkvBias: false, eps: 1e-5 },
    phases: paperPhases(0.6),
  },
  { about: "ViT-H/14 at 224 pixels as published: for many machines and ImageNet", smoke },
);

/**
 * DeiT-T-32 for CIFAR-100 in patches of 4: published 75.3% (E2E 72.8), the schedule is not documented. Run: fovea train
 * deep-incubation/paper-cifar data.root=CIFAR-100, with model.depth=128 for DeiT-T-128 (77.2%, E2E 69.4).
 */
export const paperCifar = defineRecipe(
  deepIncubation,
  {
    ...paperTraining,
    data: { imageSize: 32, workers: 2 },
    model: { family: "vit", width: 192, heads: 3, depth: 32, patchSize: 4 },
    optimiser: { peakLearningRate: 1e-3, referenceBatchSize: 512 },
    batchSize: 512,
    phases: paperPhases(0.1),
  },
  { about: "DeiT-T-32 on CIFAR-100, recipe assumed: for a GPU", smoke },
);
