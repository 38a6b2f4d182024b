import { requireClasses } from "../../data/dataset.ts";
import type { Batch } from "../../data/loader.ts";
import { openDataset } from "../../data/open-dataset.ts";
import { drawMix, mixImages, mixTargets } from "../../data/transforms/mix-batch.ts";
import { imagenetNormalisation } from "../../data/transforms/normalise.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { softCrossEntropy } from "../../nn/losses/cross-entropy.ts";
import { describePretrained } from "../../models/load-pretrained.ts";
import { parameters, prepare } from "../../nn/module.ts";
import { adamw } from "../../optim/adam.ts";
import { parameterGroups } from "../../optim/parameter-groups.ts";
import { cosineSchedule, lagByOne, type Schedule } from "../../optim/schedules.ts";
import { generator } from "../../random/generator.ts";
import type { Feeds, Method, Task, TaskContext } from "../../train/task.ts";
import { datasetSpec } from "../data-recipe.ts";
import { LoaderSource } from "../loader-source.ts";
import { runLength } from "../run-length.ts";
import { firstIndices, trainingIndices } from "../subset.ts";
import { trainingTransforms } from "./augmentation.ts";
import { trainedClassifier } from "./classifier.ts";
import { validationScores } from "./evaluate.ts";
import { exportClassifier } from "./export-classifier.ts";
import { report } from "./report.ts";
import { samplePredictions } from "./sample-predictions.ts";
import { classifySchema, mixOf, type ClassifyRecipe } from "./schema.ts";
import { mixUp, smoothedTargets } from "./soft-targets.ts";

/** Supervised training of a classifier, from the start or from pre-trained weights (`init.from`). Source: data-scaling 4.3. */
export const classify: Method<ClassifyRecipe> = {
  name: "classify",
  summary:
    "Image classification: trains a ViT, Swin or convolutional network on class folders, or fine-tunes a pre-trained one (init.from)",
  schema: classifySchema,
  task: classifyTask,
  report,
  exportModel: exportClassifier,
};

async function classifyTask(recipe: ClassifyRecipe, { log }: TaskContext): Promise<Task> {
  const { data, model, optimiser, validation, batchSize, seed, init } = recipe;
  const train = await openDataset(datasetSpec(data), "train");
  const heldOut = await openDataset(datasetSpec(data), "val");
  requireClasses(train);
  const classes = train.classNames.length;
  const indices = trainingIndices(train, data);
  const steps = runLength(recipe, indices.length);
  const classifier = trainedClassifier(model, data.imageSize, classes);
  const network = prepare(classifier.network);
  const transferred = init.from === undefined ? undefined : classifier.weightsFrom(init.from);
  if (transferred !== undefined)
    for (const line of describePretrained(transferred)) log(`init.from ${init.from}: ${line}`);
  const parts = {
    network,
    dataset: heldOut,
    subset: firstIndices(heldOut, validation.images),
    imageSize: data.imageSize,
    batchSize: validation.batchSize,
    every: validation.every ?? Math.max(1, Math.round(steps / 8)),
  };
  return {
    networks: { "": network },
    groups: parameterGroups(parameters(network), {
      weightDecay: optimiser.weightDecay,
      exempt: classifier.exempt,
      ...(optimiser.layerDecay === 1 ? {} : { layerDecay: { ...classifier.layers, rate: optimiser.layerDecay } }),
    }),
    optimiser: adamw(),
    schedule: fineTuningSchedule(optimiser, steps, batchSize),
    steps,
    batchSize,
    clipNorm: optimiser.clipNorm,
    accumulate: optimiser.accumulate,
    inputs: {
      images: { shape: [batchSize, 3, data.imageSize, data.imageSize], dtype: "float32" },
      targets: { shape: [batchSize, classes], dtype: "float32" },
    },
    step: ({ images, targets }) => ({ loss: softCrossEntropy(network.forward(images), targets) }),
    source: new LoaderSource(
      {
        dataset: train,
        subset: indices,
        transforms: trainingTransforms(recipe),
        ...(recipe.augmentation.erasing && { erasing: recipe.augmentation.erasing }),
        ...(recipe.sampling && { sampler: recipe.sampling }),
        ...(recipe.cache && { cache: recipe.cache }),
        normalise: imagenetNormalisation,
        imageSize: data.imageSize,
        batchSize,
        seed,
        workers: data.workers,
      },
      (batch) => feedsOf(batch, recipe, classes),
    ),
    evaluations: [validationScores(parts), samplePredictions(parts)],
    best: { name: "val/accuracy", higherIsBetter: true },
    ...(transferred === undefined ? {} : { initial: transferred.states }),
  };
}

/** Images and smoothed labels, mixed where the recipe says so. */
function feedsOf(
  batch: Batch,
  { batchSize, labelSmoothing, augmentation, seed, data }: ClassifyRecipe,
  classes: number,
): Feeds {
  const targets = smoothedTargets(batch.labels, classes, labelSmoothing);
  const spec = mixOf(augmentation);
  const mixes = spec !== undefined || augmentation.mixup > 0;
  const images = mixes ? batch.images.slice() : batch.images; // a batch may be asked for twice
  if (spec !== undefined) {
    const size = { height: data.imageSize, width: data.imageSize };
    const mix = drawMix(spec, size, generator(seed, "mix", batch.step));
    mixImages(images, batchSize, size, mix);
    mixTargets(targets, batchSize, mix);
  } else if (mixes)
    mixUp(batchSize, [images, targets], { alpha: augmentation.mixup, random: generator(seed, "mixup", batch.step) });
  return {
    images: hostTensor("float32", [batchSize, 3, data.imageSize, data.imageSize], images),
    targets: hostTensor("float32", [batchSize, classes], targets),
  };
}

/** Linear warm-up, then cosine to the minimum, late by one update as executed upstream. */
export function fineTuningSchedule(options: ClassifyRecipe["optimiser"], steps: number, batchSize: number): Schedule {
  const scale = batchSize / options.referenceBatchSize;
  return lagByOne(
    cosineSchedule({
      peak: options.peakLearningRate * scale,
      warmupStart: options.warmupLearningRate * scale,
      minimum: options.minimumLearningRate * scale,
      warmupUpdates: Math.round(options.warmup * steps),
      updates: steps,
    }),
  );
}
