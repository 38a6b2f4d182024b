import { trainedClassifier } from "../../downstream/classify/classifier.ts";
import { encodeClassifierMetadata } from "../../downstream/classify/model-metadata.ts";
import { preprocess } from "../../downstream/classify/preprocess.ts";
import { readValidation } from "../../downstream/classify/report.ts";
import { datasetSpec } from "../../downstream/data-recipe.ts";
import { evaluationTransforms } from "../../downstream/evaluation-transforms.ts";
import { openDataset } from "../../data/open-dataset.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { Module } from "../../nn/module.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { ExportedProgram } from "../../train/task.ts";
import { type KnowledgeCondensationRecipe, normalisations } from "./schema.ts";

type Network = Module & { forward(image: Tensor): Tensor };

/** The student under the name that checkpoints give it. */
class Deployed extends Module {
  readonly student: Network;

  constructor(student: Network) {
    super();
    this.student = student;
  }
}

/** The student as it is deployed, in the form of `classify`: image uint8 [1, S, S, 3] → `logits`, `probabilities` [1, K]. */
export async function exportStudent(recipe: KnowledgeCondensationRecipe, run: RunDirectory): Promise<ExportedProgram> {
  const { data, model } = recipe;
  const normalise = normalisations[recipe.normalise];
  const labels = readValidation(run)?.data.classNames ?? (await openDataset(datasetSpec(data), "train")).classNames;
  const network = new Deployed(trainedClassifier(model, data.imageSize, labels.length).network);
  const inputSize = [data.imageSize, data.imageSize] as const;
  return {
    network,
    preprocess: (image) => preprocess(image, normalise),
    forward(pixels) {
      const logits = network.student.forward(pixels);
      return { logits, probabilities: logits.softmax(-1) };
    },
    inputSize,
    metadata: encodeClassifierMetadata({
      labels,
      inputSize,
      resize: evaluationTransforms(data.imageSize),
      ...normalise,
    }),
  };
}
