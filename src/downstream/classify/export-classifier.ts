import { imagenetNormalisation } from "../../data/transforms/normalise.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { ExportedProgram } from "../../train/task.ts";
import { trainedClassifier } from "./classifier.ts";
import { deployedClassifier, labelsOf } from "./deployed-classifier.ts";
import type { ClassifyRecipe } from "./schema.ts";

/** The classifier of a run, as it is deployed. */
export async function exportClassifier({ data, model }: ClassifyRecipe, run: RunDirectory): Promise<ExportedProgram> {
  const labels = await labelsOf(data, run);
  const { network } = trainedClassifier(model, data.imageSize, labels.length);
  return deployedClassifier({
    network,
    logits: (pixels) => network.forward(pixels),
    labels,
    imageSize: data.imageSize,
    normalise: imagenetNormalisation,
  });
}
