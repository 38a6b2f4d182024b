import { imagenetNormalisation } from "../../data/transforms/normalise.ts";
import { deployedClassifier, labelsOf } from "../../downstream/classify/deployed-classifier.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { ExportedProgram } from "../../train/task.ts";
import { divisionsOf, networkOf } from "./backbone.ts";
import { hybridDivision } from "./division.ts";
import type { IncubationRecipe } from "./schema.ts";

/** The network of a run (of a module: its hybrid) as a classifier: image uint8 [1, S, S, 3] → logits, probabilities [1, K]. */
export async function exportTarget(recipe: IncubationRecipe, run: RunDirectory): Promise<ExportedProgram> {
  const { data, model, modules, phase, module = 0 } = recipe;
  const { imageSize } = data;
  const labels = await labelsOf(data, run);
  const { target, meta } = divisionsOf(model, modules);
  const division = phase === "meta" ? meta : phase === "module" ? hybridDivision(meta, target, module) : target;
  const network = networkOf(model, division, { imageSize, classes: labels.length, dropPath: 0 });
  return deployedClassifier({
    network,
    logits: (pixels) => network.forward(pixels),
    labels,
    imageSize,
    normalise: imagenetNormalisation,
  });
}
