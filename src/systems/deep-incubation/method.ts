import { requireClasses } from "../../data/dataset.ts";
import { openDataset } from "../../data/open-dataset.ts";
import { datasetSpec } from "../../downstream/data-recipe.ts";
import { validationScores } from "../../downstream/classify/evaluate.ts";
import { accuracySection } from "../../downstream/classify/report.ts";
import { samplePredictions } from "../../downstream/classify/sample-predictions.ts";
import { runLength } from "../../downstream/run-length.ts";
import { firstIndices, trainingIndices } from "../../downstream/subset.ts";
import { FoveaError } from "../../errors/fovea-error.ts";
import { adamw } from "../../optim/adam.ts";
import { isVectorOrBias, parameterGroups, vectorsBiasesAnd } from "../../optim/parameter-groups.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Method, Task, TaskContext } from "../../train/task.ts";
import { exportTarget } from "./export-target.ts";
import { incubation } from "./incubation.ts";
import { phaseParts } from "./phases.ts";
import { incubationSchedule } from "./schedule.ts";
import { incubationSchema, type IncubationRecipe } from "./schema.ts";
import { epochLength, trainingSource } from "./source.ts";

/** Modules trained apart beside one small meta model, then put together (arXiv 2212.04129). */
export const deepIncubation: Method<IncubationRecipe> = {
  name: "deep-incubation",
  summary: "Deep Incubation: trains the modules of a deep network apart, then assembles and fine-tunes them",
  schema: incubationSchema,
  task: incubationTask,
  report: (run) => Promise.resolve(accuracySection(run)),
  exportModel: exportTarget,
  study: ({ phase }) => (phase === "all" ? incubation : undefined),
};

/** One phase of section 4.1 as a training. */
async function incubationTask(recipe: IncubationRecipe, { log }: TaskContext): Promise<Task> {
  const { data, optimiser, batchSize, phase, learnsBy } = recipe;
  if (phase === "all") throw new FoveaError("incubation/plan", planIsNoRun, { hint: planHint, exitCode: 2 });
  const train = await openDataset(datasetSpec(data), "train");
  const heldOut = await openDataset(datasetSpec(data), "val");
  requireClasses(train);
  const indices = trainingIndices(train, data);
  const images = epochLength(recipe, indices.length);
  const steps = phase === "assembly" ? 0 : runLength(recipe, images);
  const updatesPerEpoch = Math.max(1, Math.floor(images / batchSize));
  const size = { imageSize: data.imageSize, classes: train.classNames.length, dropPath: recipe.dropPath };
  const parts = phaseParts(recipe, { size, log });
  const targets = phase !== "module" || learnsBy === "incubation" ? size.classes : 0;
  return {
    networks: parts.networks,
    groups: parameterGroups(parts.trained, { weightDecay: optimiser.weightDecay, exempt: exemptions(phase) }),
    optimiser: adamw(),
    schedule: incubationSchedule({
      peak: (optimiser.peakLearningRate * batchSize) / optimiser.referenceBatchSize,
      warmupStart: optimiser.warmupLearningRate,
      minimum: optimiser.minimumLearningRate,
      warmupEpochs: recipe.warmupEpochs,
      epochs: recipe.steps === undefined ? (recipe.epochs ?? 1) : recipe.steps / updatesPerEpoch,
      updatesPerEpoch,
      by: optimiser.schedule,
    }),
    steps,
    batchSize,
    ...(recipe.clipNorm === null ? {} : { clipNorm: recipe.clipNorm }),
    accumulate: optimiser.accumulate,
    inputs: {
      images: { shape: [batchSize, 3, data.imageSize, data.imageSize], dtype: "float32" },
      ...(targets === 0 ? {} : { targets: { shape: [batchSize, targets], dtype: "float32" } }),
    },
    step: ({ images, targets }) => ({ loss: parts.loss(images, targets) }),
    source: trainingSource(recipe, { dataset: train, indices, targets }),
    evaluations: evaluations(recipe, { network: parts.network, dataset: heldOut, steps }),
    ...(parts.initial === undefined ? {} : { initial: parts.initial }),
  };
}

const planIsNoRun = "phase all is a plan of several trainings, not one";
const planHint =
  "`fovea train deep-incubation/tiny` carries it out; phase=meta, module, assembly or tuning is one of its runs";

/**
 * Vectors and biases are spared from decay, tokens and tables of positions too; not so in the training of a module, where
 * the released code loses its list of exceptions (section 4.2).
 */
const exemptions = (phase: IncubationRecipe["phase"]): typeof isVectorOrBias =>
  phase === "module"
    ? isVectorOrBias
    : vectorsBiasesAnd("pos_embed", "cls_token", "absolute_pos_embed", "relative_position_bias_table");

function evaluations(
  { phase, validation, data }: IncubationRecipe,
  { network, dataset, steps }: { network: ReturnType<typeof phaseParts>["network"]; dataset: Dataset; steps: number },
): Task["evaluations"] {
  const parts = {
    network,
    dataset,
    subset: firstIndices(dataset, validation.images),
    imageSize: data.imageSize,
    batchSize: validation.batchSize,
    every: validation.every ?? Math.max(1, Math.round(steps / 8)),
  };
  const isTarget = phase === "tuning" || phase === "end-to-end";
  return [validationScores(parts), ...(isTarget ? [samplePredictions(parts)] : [])];
}
