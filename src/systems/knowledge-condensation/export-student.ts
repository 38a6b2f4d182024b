import { trainedClassifier } from "../../downstream/classify/classifier.ts";
import { deployedClassifier, labelsOf } from "../../downstream/classify/deployed-classifier.ts";
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
  const labels = await labelsOf(data, run);
  const network = new Deployed(trainedClassifier(model, data.imageSize, labels.length).network);
  return deployedClassifier({
    network,
    logits: (pixels) => network.student.forward(pixels),
    labels,
    imageSize: data.imageSize,
    normalise: normalisations[recipe.normalise],
  });
}
