import { openDataset } from "../../data/open-dataset.ts";
import { imagenetNormalisation } from "../../data/transforms/normalise.ts";
import type { TransformSpec } from "../../data/transforms/transform.ts";
import { datasetSpec } from "../../downstream/data-recipe.ts";
import { LoaderSource } from "../../downstream/loader-source.ts";
import { runLength } from "../../downstream/run-length.ts";
import { filled, firstIndices, sampleOf, trainingIndices } from "../../downstream/subset.ts";
import type { HostTensor } from "../../graph/dtype.ts";
import { checkpointLayouts } from "../../models/checkpoint-layouts/layouts.ts";
import { describePretrained } from "../../models/load-pretrained.ts";
import { parameters, prepare } from "../../nn/module.ts";
import { adamw } from "../../optim/adam.ts";
import { parameterGroups } from "../../optim/parameter-groups.ts";
import { initialWeights } from "../../train/initial-weights.ts";
import type { Method, Task, TaskContext } from "../../train/task.ts";
import { maskedEncoder } from "./encoder.ts";
import { maskedFeeds, maskedInputs, maskSpread, trainEvaluationLoss, validationLoss } from "./evaluate.ts";
import { maskedLoss } from "./masked-loss.ts";
import { SimMim } from "./model.ts";
import { isUndecayed, preTrainingSchedule } from "./optimisation.ts";
import { drawFirstBatch, reconstructionPictures } from "./reconstructions.ts";
import { report } from "./report.ts";
import { dataScalingSchema, maskSpec, type DataScalingRecipe } from "./schema.ts";

/**
 * Masked image modelling as in "On Data Scaling in Masked Image Modeling" (arXiv 2206.04664): SimMIM pre-training, whose
 * runs a study compares over data, model size and length.
 */
export const dataScaling: Method<DataScalingRecipe> = {
  name: "data-scaling",
  summary: "Masked pre-training (SimMIM): hide squares of an image and predict their pixels; needs no labels",
  schema: dataScalingSchema,
  task: simmimTask,
  report,
};

/** Mask, embed, put in the mask token, encode, decode, L1 on the masked pixels (sections 3 and 4). */
async function simmimTask(recipe: DataScalingRecipe, { log }: TaskContext): Promise<Task> {
  const { data, optimiser, validation, batchSize, seed } = recipe;
  const train = await openDataset(datasetSpec(data), "train");
  const heldOut = await openDataset(datasetSpec(data), "val");
  const indices = trainingIndices(train, data);
  const steps = runLength(recipe, indices.length);
  const network = prepare(new SimMim(maskedEncoder(recipe.model, data.imageSize)));
  const parts = { network, recipe, every: validation.every ?? Math.max(1, Math.round(steps / 16)) };
  const images = { dataset: heldOut, subset: firstIndices(heldOut, validation.images) };
  const pictured = { dataset: heldOut, subset: firstIndices(heldOut, validation.pictures) };
  const sample = { dataset: train, subset: sampleOf(indices, validation.trainImages, seed) };
  const initial = weightsToStartFrom(network, recipe, log);
  return {
    networks: { "": network },
    groups: parameterGroups(parameters(network), {
      weightDecay: optimiser.weightDecay,
      exempt: isUndecayed(recipe.model.backbone.startsWith("swin") ? "swin" : "vit"),
    }),
    optimiser: adamw(),
    schedule: preTrainingSchedule(optimiser, steps, batchSize),
    steps,
    batchSize,
    clipNorm: optimiser.clipNorm,
    accumulate: optimiser.accumulate,
    inputs: maskedInputs(recipe, batchSize),
    step: ({ images, masks, targets }) => ({ loss: maskedLoss(network.forward(images, masks), targets, masks) }),
    source: new LoaderSource(
      {
        dataset: train,
        subset: filled(indices, batchSize),
        transforms: augmentation(recipe),
        normalise: imagenetNormalisation,
        masks: maskSpec(recipe),
        imageSize: data.imageSize,
        batchSize,
        seed,
        workers: data.workers,
      },
      // targets are made here, on the host in double: the network's float32 would lose flat regions, and the batch of a
      // step stays a pure function of the recipe
      (batch) => maskedFeeds(batch, recipe),
    ),
    evaluations: [
      validationLoss(parts, images),
      trainEvaluationLoss(parts, sample),
      ...(validation.pictures === 0 ? [] : [reconstructionPictures(parts, pictured)]),
      maskSpread(parts, images),
    ],
    ...(initial === undefined ? {} : { initial }),
    firstBatch: (feeds) => Promise.resolve(drawFirstBatch(feeds, recipe)),
  };
}

/** Section 4.1: a bilinear random resized crop that keeps most of the image, then mirroring. */
function augmentation({ data, augmentation: { scale, ratio, flip } }: DataScalingRecipe): TransformSpec[] {
  return [
    { name: "randomResizedCrop", size: data.imageSize, scale, ratio, filter: "bilinear" },
    { name: "horizontalFlip", probability: flip },
  ];
}

/** Weights of another pre-training, all of them. */
function weightsToStartFrom(
  network: SimMim,
  { init }: DataScalingRecipe,
  log: TaskContext["log"],
): ReadonlyMap<string, HostTensor> | undefined {
  if (init.from === undefined) return undefined;
  const loaded = initialWeights(network, init.from, checkpointLayouts.simmim);
  log(`init.from ${init.from}: ${describePretrained(loaded).join("; ")}`);
  return loaded.states;
}
