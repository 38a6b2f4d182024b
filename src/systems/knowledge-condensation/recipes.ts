import { defineRecipe } from "../../train/recipe.ts";
import { knowledgeCondensation } from "./method.ts";

/** What CI runs: a teacher of random values on a few drawn pictures. */
const smoke = {
  teacher: "random",
  teacherModel: { backbone: "mlp", hidden: [32] },
  data: { count: 64, valCount: 32, imageSize: 16, workers: 0 },
  model: { backbone: "mlp", hidden: [8] },
  batchSize: 12,
  epochs: 6,
  logEvery: 4,
  validation: { images: 32, batchSize: 16, every: 12, pictures: 4 },
} as const;

/**
 * MLP 768-48 taught by an MLP 768-512-256 on 16-pixel images, six stages of four epochs (section 9).
 * Run: fovea train classify/tiny data.root=CIFAR data.imageSize=16 model.backbone=mlp steps=4000 --name teacher, then
 * fovea train knowledge-condensation/tiny data.root=CIFAR teacher=runs/teacher.
 * Measured result, time and machine: docs/results/knowledge-condensation.md.
 */
export const tiny = defineRecipe(
  knowledgeCondensation,
  {
    data: { imageSize: 16 }, // data.root=DIR: real images
    model: { backbone: "mlp", hidden: [48] },
    augmentation: { padding: 2 },
    batchSize: 64,
    epochs: 24,
    logEvery: 50,
    validation: { batchSize: 250 },
  },
  { about: "distils a small MLP on 16-pixel images, half a minute on 2 cores; teacher=RUN_OR_ONNX", smoke },
);

/**
 * ResNet-8 taught by a ResNet-20 on 32-pixel images, six stages of six epochs (section 9).
 * Run: fovea train knowledge-condensation/small data.root=CIFAR teacher=RUN, where RUN is of
 * classify/tiny model.backbone=resnet20, or a file of weights with teacherModel.backbone=resnet20-padded.
 */
export const small = defineRecipe(
  knowledgeCondensation,
  {
    data: { imageSize: 32 },
    model: { backbone: "resnet8" },
    batchSize: 64,
    epochs: 36,
    logEvery: 50,
    validation: { batchSize: 100 },
  },
  {
    about: "distils a ResNet-8 on 32-pixel images, tens of minutes on 2 cores; teacher=RUN_OR_ONNX",
    smoke: {
      ...smoke,
      teacherModel: { backbone: "resnet8" },
      data: { ...smoke.data, count: 16, valCount: 8, imageSize: 32 },
      model: { backbone: "resnet8" },
      batchSize: 8,
      steps: 3,
      validation: { ...smoke.validation, images: 8, batchSize: 8 },
    },
  },
);

/**
 * resnet32x4 → resnet8x4 as in the released command on CIFAR-100: 240 epochs, T 40, ρ 0.7, γ 0.1, a 0.9 (section 4.2).
 * Published: 74.05% (KD alone 73.33). For a GPU; not run here.
 */
export const paper = defineRecipe(
  knowledgeCondensation,
  {
    data: { imageSize: 32 },
    model: { backbone: "resnet8x4" },
    normalise: "cifar100",
    batchSize: 64,
    epochs: 240,
    condensation: { epochsPerStage: 40 },
    logEvery: 100,
    validation: { batchSize: 100 },
  },
  {
    about: "resnet32x4 → resnet8x4 on CIFAR-100 as published; for a GPU; teacher=resnet32x4_vanilla/ckpt_epoch_240.pth",
    smoke: {
      ...smoke,
      teacherModel: { backbone: "resnet8" },
      data: { ...smoke.data, count: 8, valCount: 4, imageSize: 32 },
      model: { backbone: "resnet8" },
      condensation: { epochsPerStage: 1 },
      batchSize: 4,
      steps: 2,
      logEvery: 1,
      validation: { ...smoke.validation, images: 4, batchSize: 4 },
    },
  },
);

/**
 * A ShuffleNet V2 of 64-pixel images taught by a network of one's own.
 * Run: fovea train knowledge-condensation/folder data.root=DIR teacher=RUN_OR_ONNX. Labels that may be wrong are listed in
 * the report and in eval/suspect-labels.csv.
 */
export const folder = defineRecipe(
  knowledgeCondensation,
  {
    data: { imageSize: 64, workers: 1 },
    model: { backbone: "ShuffleV2" },
    augmentation: { padding: 6 },
    optimiser: { learningRate: 0.01 },
    batchSize: 64,
    epochs: 60,
    logEvery: 20,
  },
  {
    about: "distils a network of one's own for a folder of images; flags labels that may be wrong; teacher=RUN_OR_ONNX",
    smoke: {
      ...smoke,
      teacherModel: { backbone: "resnet8" },
      data: { ...smoke.data, count: 16, valCount: 8, imageSize: 32 },
      batchSize: 8,
      steps: 3,
      validation: { ...smoke.validation, images: 8, batchSize: 8 },
    },
  },
);
