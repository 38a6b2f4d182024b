import type { Dataset } from "../../data/dataset.ts";
import { evaluationBatches, type EvaluationBatch, type EvaluationBatches } from "../../data/evaluation-batches.ts";
import { imagenetNormalisation } from "../../data/transforms/normalise.ts";
import { evaluationTransforms } from "../../downstream/evaluation-transforms.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import { meanAndDeviation } from "../../metrics/mean-and-deviation.ts";
import type { Evaluation, Weights } from "../../train/task.ts";
import { maskedLossPerImage } from "./masked-loss.ts";
import type { SimMim } from "./model.ts";
import { maskSpec, type DataScalingRecipe } from "./schema.ts";
import { targetOf } from "./targets.ts";

/** What the evaluations of a run share. */
export interface EvaluationParts {
  readonly network: SimMim;
  readonly recipe: DataScalingRecipe;
  /** Updates between evaluations. */
  readonly every: number;
}

/** Images for an evaluation, with the masks of `maskSeed`. */
export interface MaskedImages {
  readonly dataset: Dataset;
  /** Indices into the data set. */
  readonly subset: ArrayLike<number>;
}

/**
 * The validation loss of section 5: no augmentation, no drop path, masks by (seed, image index), mean over images.
 * `val/gain` is 1 − L/L₀, L₀ the loss of predicting 0: comparable only for equal target, image size and masks.
 */
export function validationLoss(parts: EvaluationParts, images: MaskedImages): Evaluation {
  const { maskSeed } = parts.recipe.validation;
  return {
    name: "validation",
    every: parts.every,
    async run(weights) {
      const score = await maskedScore(parts, weights, { ...images, maskSeed });
      return {
        metrics: { "val/loss": score.loss, "val/gain": 1 - score.loss / score.baseline },
        data: { ...score, maskSeed },
      };
    },
  };
}

/** The same procedure on a fixed sample of the run's own training images: `trainEval/loss`. */
export function trainEvaluationLoss(parts: EvaluationParts, images: MaskedImages): Evaluation {
  const { maskSeed } = parts.recipe.validation;
  return {
    name: "train-evaluation",
    every: parts.every,
    async run(weights) {
      const score = await maskedScore(parts, weights, { ...images, maskSeed });
      return { metrics: { "trainEval/loss": score.loss }, data: { ...score, maskSeed } };
    },
  };
}

/** At the end: how much the validation loss depends on the masks, over three mask seeds. */
export function maskSpread(parts: EvaluationParts, images: MaskedImages): Evaluation {
  const first = parts.recipe.validation.maskSeed;
  return {
    name: "mask-spread",
    every: undefined,
    async run(weights) {
      const losses: number[] = [];
      for (const maskSeed of [first, first + 1, first + 2])
        losses.push((await maskedScore(parts, weights, { ...images, maskSeed })).loss);
      const { mean, deviation } = meanAndDeviation(losses);
      return { metrics: { "val/lossSpread": deviation }, data: { losses, mean, deviation } };
    },
  };
}

/** Mean loss over images, and what predicting 0 gives on the same masks. */
interface MaskedScore {
  readonly loss: number;
  readonly baseline: number;
  readonly images: number;
}

async function maskedScore(
  { network, recipe }: EvaluationParts,
  weights: Weights,
  images: MaskedImages & { readonly maskSeed: number },
): Promise<MaskedScore> {
  const size = recipe.validation.batchSize;
  const program = await weights.program("masked loss", maskedInputs(recipe, size), ({ images, masks, targets }) => ({
    loss: maskedLossPerImage(network.forward(images, masks), targets, masks),
    baseline: maskedLossPerImage(targets.mul(0), targets, masks),
  }));
  const batches = await maskedBatches(recipe, images, size);
  const total = { loss: 0, baseline: 0, images: 0 };
  for await (const batch of batches) {
    const outputs = await program.run(maskedFeeds(batch, recipe));
    for (let row = 0; row < batch.valid; row++) {
      total.loss += Number(outputs.get("loss")?.data[row]);
      total.baseline += Number(outputs.get("baseline")?.data[row]);
    }
    total.images += batch.valid;
  }
  return { loss: total.loss / total.images, baseline: total.baseline / total.images, images: total.images };
}

/** Images without augmentation and with masks that depend on (maskSeed, image index) alone, so all models see the same. */
export function maskedBatches(
  recipe: DataScalingRecipe,
  { dataset, subset, maskSeed }: MaskedImages & { readonly maskSeed: number },
  batchSize: number,
): Promise<EvaluationBatches> {
  return evaluationBatches({
    dataset,
    subset,
    batchSize,
    seed: maskSeed,
    transforms: evaluationTransforms(recipe.data.imageSize),
    normalise: imagenetNormalisation,
    masks: maskSpec(recipe),
    imageSize: recipe.data.imageSize,
  });
}

/** Inputs of every program of this method: `images` and `targets` [B, 3, S, S], `masks` [B, P, P]. */
export function maskedInputs({ data, model }: Pick<DataScalingRecipe, "data" | "model">, size: number) {
  const grid = data.imageSize / model.patchSize;
  const images = { shape: [size, 3, data.imageSize, data.imageSize], dtype: "float32" } as const;
  return { images, targets: images, masks: { shape: [size, grid, grid], dtype: "float32" } } as const;
}

/** Feeds of those inputs from a batch that carries masks. */
export function maskedFeeds(
  { images, masks }: Pick<EvaluationBatch, "images" | "masks">,
  recipe: Pick<DataScalingRecipe, "data" | "model" | "target">,
): Record<"images" | "targets" | "masks", HostTensor> {
  if (masks === undefined) throw new Error("the loader was opened without masks");
  const { imageSize } = recipe.data;
  const { images: spec, masks: maskShape } = maskedInputs(recipe, images.length / (3 * imageSize * imageSize));
  return {
    images: hostTensor("float32", spec.shape, images),
    targets: hostTensor("float32", spec.shape, targetOf(images, recipe)),
    masks: hostTensor("float32", maskShape.shape, masks),
  };
}
