import type { Normalisation } from "../../data/transforms/normalise.ts";
import { openDataset } from "../../data/open-dataset.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Module } from "../../nn/module.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { ExportedProgram } from "../../train/task.ts";
import { datasetSpec, type DataRecipe } from "../data-recipe.ts";
import { evaluationTransforms } from "../evaluation-transforms.ts";
import { encodeClassifierMetadata } from "./model-metadata.ts";
import { preprocess } from "./preprocess.ts";
import { readValidation } from "./report.ts";

export interface DeployedParts {
  /** Whose states the export holds, under the names that checkpoints give them. */
  readonly network: Module;
  /** Pixels [B, 3, S, S] → logits [B, K]. */
  logits(pixels: Tensor): Tensor;
  readonly labels: readonly string[];
  readonly imageSize: number;
  readonly normalise: Normalisation;
}

/**
 * A classifier as it is deployed: image uint8 [1, S, S, 3] → `logits` and `probabilities` [1, K], with scaling,
 * normalisation and channels-first inside, and labels and resize in the metadata.
 */
export function deployedClassifier({ network, logits, labels, imageSize, normalise }: DeployedParts): ExportedProgram {
  const inputSize = [imageSize, imageSize] as const;
  return {
    network,
    preprocess: (image) => preprocess(image, normalise),
    forward(pixels) {
      const scores = logits(pixels);
      return { logits: scores, probabilities: scores.softmax(-1) };
    },
    inputSize,
    metadata: encodeClassifierMetadata({ labels, inputSize, resize: evaluationTransforms(imageSize), ...normalise }),
  };
}

/** Class names as the run's own evaluation wrote them, so that an export needs no images; else from the data. */
export async function labelsOf(data: DataRecipe, run: RunDirectory): Promise<readonly string[]> {
  return readValidation(run)?.data.classNames ?? (await openDataset(datasetSpec(data), "train")).classNames;
}
