import { imagenetNormalisation } from "../../data/transforms/normalise.ts";
import { openDataset } from "../../data/open-dataset.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { ExportedProgram } from "../../train/task.ts";
import { datasetSpec } from "../data-recipe.ts";
import { evaluationTransforms } from "../evaluation-transforms.ts";
import { trainedClassifier } from "./classifier.ts";
import { encodeClassifierMetadata } from "./model-metadata.ts";
import { preprocess } from "./preprocess.ts";
import { readValidation } from "./report.ts";
import type { ClassifyRecipe } from "./schema.ts";

/**
 * The classifier as it is deployed: image uint8 [1, S, S, 3] → `logits` and `probabilities` [1, K], with scaling,
 * normalisation and channels-first inside, and labels and resize in the metadata.
 */
export async function exportClassifier(recipe: ClassifyRecipe, run: RunDirectory): Promise<ExportedProgram> {
  const { imageSize } = recipe.data;
  const labels = await labelsOf(recipe, run);
  const { network } = trainedClassifier(recipe.model, imageSize, labels.length);
  return {
    network,
    preprocess: (image) => preprocess(image, imagenetNormalisation),
    forward(pixels) {
      const logits = network.forward(pixels);
      return { logits, probabilities: logits.softmax(-1) };
    },
    inputSize: [imageSize, imageSize],
    metadata: encodeClassifierMetadata({
      labels,
      inputSize: [imageSize, imageSize],
      resize: evaluationTransforms(imageSize),
      mean: imagenetNormalisation.mean,
      std: imagenetNormalisation.std,
    }),
  };
}

/** Class names as the run's own evaluation wrote them, so that an export needs no images; else from the data. */
async function labelsOf(recipe: ClassifyRecipe, run: RunDirectory): Promise<readonly string[]> {
  const evaluated = readValidation(run);
  if (evaluated !== undefined) return evaluated.data.classNames;
  return (await openDataset(datasetSpec(recipe.data), "train")).classNames;
}
