import { existsSync, statSync } from "node:fs";
import { requireClasses } from "../../data/dataset.ts";
import { openDataset } from "../../data/open-dataset.ts";
import type { TransformSpec } from "../../data/transforms/transform.ts";
import { trainedClassifier } from "../../downstream/classify/classifier.ts";
import { datasetSpec } from "../../downstream/data-recipe.ts";
import { firstIndices, trainingIndices } from "../../downstream/subset.ts";
import type { HostTensor } from "../../graph/dtype.ts";
import { buffers, type Module, parameters, prepare } from "../../nn/module.ts";
import { parameterGroups } from "../../optim/parameter-groups.ts";
import type { Schedule } from "../../optim/schedules.ts";
import { sgd } from "../../optim/sgd.ts";
import { readWeights } from "../../train/initial-weights.ts";
import { RunDirectory } from "../../train/run-directory.ts";
import { symbolicInputs } from "../../train/symbolic-inputs.ts";
import type { InputSpecs, Method, Task, TaskContext } from "../../train/task.ts";
import { condensationResult } from "./condensation-result.ts";
import { CondensedSource } from "./condensed-source.ts";
import { readCondensedSet } from "./condensed-set.ts";
import { Condenser } from "./condenser.ts";
import { type Distillation, distillationStep, featureShapes, trainedParameters } from "./distillation.ts";
import { distillerNamed } from "./distillers/list.ts";
import { validationScores } from "./evaluate.ts";
import { exportStudent } from "./export-student.ts";
import { CondensationMemory } from "./memory.ts";
import { observedNetwork } from "./observed-network.ts";
import { report } from "./report.ts";
import { roles } from "./roles.ts";
import { type KnowledgeCondensationRecipe, knowledgeCondensationSchema, normalisations } from "./schema.ts";
import { EpochPlan, epochSizes, type StageOptions } from "./stages.ts";
import { loadTeacher } from "./teacher.ts";
import { readTrainingImages, type TrainingImages } from "./training-images.ts";

/**
 * Knowledge Condensation Distillation (arXiv 2207.05409): a student learns from a frozen teacher, by any of fifteen
 * distillers, on a set that shrinks to the points which are valuable for it.
 */
export const knowledgeCondensation: Method<KnowledgeCondensationRecipe> = {
  name: "knowledge-condensation",
  summary: "Distillation of a small classifier from a teacher (a run or ONNX file), on a training set that condenses",
  schema: knowledgeCondensationSchema,
  paths: ["teacher", "condensation.from"],
  task: distillationTask,
  report,
  exportModel: exportStudent,
};

async function distillationTask(recipe: KnowledgeCondensationRecipe, { log }: TaskContext): Promise<Task> {
  const { data, batchSize, seed, validation, optimiser } = recipe;
  const images = await trainingImages(recipe);
  const heldOut = await openDataset(datasetSpec(data), "val");
  const untouched = images.pixels.slice();
  const { condenser, plan } = condensing(recipe, images);
  const distillation = distillationOf(recipe, images);
  const { student, distiller } = distillation.parts;
  const memory = new CondensationMemory(condenser, images, plan);
  const inputs = inputsOf(recipe, distillation.parts);
  const trained = trainedParameters(distillation.parts, symbolicInputs(inputs));
  const steps = Math.min(recipe.steps ?? Infinity, plan.steps);
  const source = new CondensedSource({
    images,
    plan,
    memory,
    transforms: augmentation(recipe),
    batchSize,
    seed,
    workers: data.workers,
    copies: distillation.parts.rotations ? 4 : 1,
    extra: distiller?.extraInputs ?? [],
  });
  log(
    `${images.labels.length} points; ${plan.epochs} epochs of ${plan.sizes[0]} to ${plan.sizes.at(-1)}, ${plan.steps} steps`,
  );
  return {
    networks: {
      [roles.student]: student.module,
      [roles.teacher]: distillation.parts.teacher.module,
      ...(distiller === undefined ? {} : { [roles.distiller]: distiller }),
    },
    groups: parameterGroups(trained, { weightDecay: optimiser.weightDecay, exempt: () => false }),
    optimiser: sgd({ momentum: optimiser.momentum }),
    schedule: scheduleOf(recipe, plan),
    steps,
    batchSize,
    inputs,
    step: (given) => distillationStep(distillation.parts, given),
    source,
    memory,
    evaluations: [
      validationScores({
        ...distillation.parts,
        dataset: heldOut,
        subset: firstIndices(heldOut, validation.images),
        imageSize: data.imageSize,
        batchSize: validation.batchSize,
        every: validation.every ?? Math.max(1, Math.round(steps / 12)),
      }),
      condensationResult({
        memory,
        images,
        original: (point) => untouched.slice(point * images.bytes, (point + 1) * images.bytes),
        plan,
        pictures: validation.pictures,
      }),
    ],
    initial: distillation.initial,
  };
}

async function trainingImages(recipe: KnowledgeCondensationRecipe): Promise<TrainingImages> {
  const { data, labelNoise } = recipe;
  const train = await openDataset(datasetSpec(data), "train");
  requireClasses(train);
  // noise belongs to the data: arms of one study with other seeds meet the same wrong labels
  return readTrainingImages(train, {
    subset: trainingIndices(train, data),
    imageSize: data.imageSize,
    labelNoise,
    seed: data.seed,
  });
}

/** What is kept at first and how it shrinks. */
function condensing(
  { condensation, epochs, seed, batchSize, distiller }: KnowledgeCondensationRecipe,
  images: TrainingImages,
): { condenser: Condenser; plan: EpochPlan } {
  const { enabled, keep, warmupEpochs, value, mix, from } = condensation;
  const count = images.labels.length;
  const shrinks = enabled && distiller.phase === "distil";
  const stages: StageOptions = {
    count,
    keep: shrinks ? keep : 1,
    epochsPerStage: condensation.epochsPerStage ?? Math.max(1, Math.floor(epochs / 6)),
    warmupEpochs,
  };
  const start = from === undefined ? undefined : readCondensedSet(from, count);
  if (start?.pixels !== undefined) images.pixels.set(start.pixels.data);
  const missing = new Set(images.unreadable);
  const all = start?.kept ?? Int32Array.from({ length: count }, (_, i) => i);
  const kept = all.filter((point) => !missing.has(point));
  const condenser = new Condenser({ ...stages, by: value, mix: mix && shrinks, seed, kept });
  return { condenser, plan: new EpochPlan(epochSizes(epochs, kept.length, stages), batchSize) };
}

/** Padded random crop and mirroring; with an SSKD nothing is mirrored. Source: section 4.1, 4.4. */
function augmentation({
  augmentation: { padding, flip },
  data,
  distiller,
}: KnowledgeCondensationRecipe): TransformSpec[] {
  const probability = distillerNamed(distiller.name).rotations === true ? 0 : flip;
  return [
    ...(padding === 0 ? [] : [{ name: "randomCrop", size: data.imageSize, padding } as const]),
    ...(probability === 0 ? [] : [{ name: "horizontalFlip", probability } as const]),
  ];
}

/** Networks, what passes between them, and their first values. */
function distillationOf(
  recipe: KnowledgeCondensationRecipe,
  images: TrainingImages,
): { parts: Distillation; initial: Map<string, HostTensor> } {
  const { data, model, distiller, condensation, batchSize } = recipe;
  const kind = distillerNamed(distiller.name);
  const classes = images.dataset.classNames.length;
  const network = prepare(trainedClassifier(model, data.imageSize, classes).network, roles.student);
  const student = observedNetwork(network, { normalise: normalisations[recipe.normalise], taps: recipe.taps });
  const teacher = loadTeacher(recipe, classes);
  const copies = kind.rotations === true ? 4 : 1;
  const shapes = featureShapes({ student, teacher: teacher.observed }, batchSize * copies, data.imageSize);
  const options = { samples: images.labels.length, negatives: distiller.negatives, hintLayer: distiller.hintLayer };
  const built = kind.build?.(shapes, options);
  if (built !== undefined) prepare(built, roles.distiller);
  const { crossEntropy, kd, feature } = distiller.weights;
  const parts: Distillation = {
    student,
    teacher: teacher.observed,
    distiller: built,
    weights: {
      crossEntropy: crossEntropy ?? kind.weights.crossEntropy,
      kd: kd ?? kind.weights.kd,
      feature: feature ?? kind.weights.feature,
    },
    temperature: distiller.temperature,
    rotations: copies > 1,
    phase: distiller.phase,
    value: condensation.value,
  };
  const own = [network, ...(built === undefined ? [] : [built])];
  return { parts, initial: new Map([...teacher.states, ...startingFrom(recipe, own, classes)]) };
}

/** Values of student and distiller out of `init.from`: a run of this method, else any weights of the student's network. */
function startingFrom(
  { init, model, data }: KnowledgeCondensationRecipe,
  networks: readonly Module[],
  classes: number,
): Map<string, HostTensor> {
  if (init.from === undefined) return new Map();
  const isFile = existsSync(init.from) && statSync(init.from).isFile();
  if (!isFile && RunDirectory.open(init.from).readRecipe().method === knowledgeCondensation.name) {
    const values = readWeights(RunDirectory.open(init.from).checkpoint("last").path);
    const wanted = new Set(networks.flatMap((network) => [...parameters(network).keys(), ...buffers(network).keys()]));
    return new Map([...values].filter(([name]) => wanted.has(name)));
  }
  const classifier = trainedClassifier(model, data.imageSize, classes);
  prepare(classifier.network);
  const { states } = classifier.weightsFrom(init.from);
  return new Map([...states].map(([name, value]) => [`${roles.student}.${name}`, value]));
}

function inputsOf(
  { batchSize, data }: KnowledgeCondensationRecipe,
  { rotations, distiller }: Distillation,
): InputSpecs {
  return {
    images: { shape: [batchSize * (rotations ? 4 : 1), 3, data.imageSize, data.imageSize], dtype: "float32" },
    labels: { shape: [batchSize], dtype: "int64" },
    indices: { shape: [batchSize], dtype: "int64" },
    ...Object.fromEntries(
      (distiller?.extraInputs ?? []).map(({ name, shape }) => [name, { shape: shape(batchSize), dtype: "int64" }]),
    ),
  };
}

/** A tenth of the rate behind each milestone, by epochs, whatever their length; constant in the phase before. */
export function scheduleOf(
  { optimiser, epochs, distiller }: Pick<KnowledgeCondensationRecipe, "optimiser" | "epochs" | "distiller">,
  plan: Pick<EpochPlan, "epochOf">,
): Schedule {
  const milestones = distiller.phase === "pretrain" ? [] : optimiser.milestones;
  return (update) => {
    const epoch = plan.epochOf(update) + 1;
    const passed = milestones.filter((share) => epoch > share * epochs).length;
    return optimiser.learningRate * 10 ** -passed;
  };
}
