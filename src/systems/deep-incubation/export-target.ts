import { imagenetNormalisation } from "../../data/transforms/normalise.ts";
import { openDataset } from "../../data/open-dataset.ts";
import { encodeClassifierMetadata } from "../../downstream/classify/model-metadata.ts";
import { preprocess } from "../../downstream/classify/preprocess.ts";
import { readValidation } from "../../downstream/classify/report.ts";
import { datasetSpec } from "../../downstream/data-recipe.ts";
import { evaluationTransforms } from "../../downstream/evaluation-transforms.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { ExportedProgram } from "../../train/task.ts";
import { divisionsOf, networkOf } from "./backbone.ts";
import { hybridDivision } from "./division.ts";
import type { IncubationRecipe } from "./schema.ts";

/** The network of a run (of a module: its hybrid) as a classifier: image uint8 [1, S, S, 3] → logits, probabilities [1, K]. */
export async function exportTarget(recipe: IncubationRecipe, run: RunDirectory): Promise<ExportedProgram> {
  const { data, model, modules, phase, module = 0 } = recipe;
  const { imageSize } = data;
  const labels = readValidation(run)?.data.classNames ?? (await openDataset(datasetSpec(data), "train")).classNames;
  const { target, meta } = divisionsOf(model, modules);
  const division = phase === "meta" ? meta : phase === "module" ? hybridDivision(meta, target, module) : target;
  const network = networkOf(model, division, { imageSize, classes: labels.length, dropPath: 0 });
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
