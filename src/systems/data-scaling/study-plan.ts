import { classify } from "../../downstream/classify/method.ts";
import { checkRecipe } from "../../train/recipe.ts";
import type { PlanInput } from "../../train/plan.ts";
import type { Values } from "../../train/recipe-values.ts";
import { grid, type StudyPlan } from "../../train/study.ts";
import { dataScaling } from "./method.ts";
import { subsetLists } from "./subset-lists.ts";
import { studySizes, type StudySettings } from "./study-settings.ts";

type PlannedRunInput = PlanInput["runs"][number];

/** One cell of the grid. */
export interface CellPlace {
  readonly size: keyof typeof studySizes;
  readonly images: number;
  readonly length: number;
  readonly seed: number;
}

/** The cells, in order of increasing cost. */
export const cellsOf = ({ sizes, images, lengths, seeds }: StudySettings): CellPlace[] =>
  grid({ size: sizes, images, length: lengths, seed: seeds });

const group = ({ size, images, seed }: Omit<CellPlace, "length">): string =>
  `${size.toLowerCase()}-n${images}-r${seed}`;
export const trunkId = (place: Omit<CellPlace, "length">): string => `trunk-${group(place)}`;
/** Ids of a cell's runs in the plan. */
export const preTrainingId = (place: CellPlace): string => `pre-${group(place)}-t${place.length}`;
export const fineTuningId = (place: CellPlace): string => `tune-${group(place)}-t${place.length}`;

/** Share of a run after which the rate falls. */
const milestone = 7 / 8;

/** Updates before the rate falls, as the schedule rounds them. */
export const milestoneOf = (length: number): number => Math.round(milestone * length);

/**
 * The trainings of a study. A rate that is constant until the last eighth makes a run of T updates the first 7T/8 of any
 * longer one, then T/8 of its own: one trunk of each size, data set and seed, from which every length branches off, with the
 * bits of runs trained alone. Source: data-scaling section 9.
 */
export async function studyPlan(settings: StudySettings, name: string): Promise<StudyPlan> {
  const cells = cellsOf(settings);
  const runs = grid({ size: settings.sizes, images: settings.images, seed: settings.seeds }).flatMap((place) => [
    ...(settings.shareTrunk ? [trunk(settings, place, name)] : []),
    ...settings.lengths.flatMap((length) => cellRuns(settings, { ...place, length }, name)),
  ]);
  return {
    plan: { name, runs },
    files: await subsetLists(settings),
    updatesAlone: cells.reduce((sum, { length }) => sum + length, 0) + tuningUpdates(settings) * cells.length,
  };
}

function trunk(settings: StudySettings, place: Omit<CellPlace, "length">, name: string): PlannedRunInput {
  const longest = longestOf(settings);
  return {
    id: trunkId(place),
    method: dataScaling.name,
    recipeName: name,
    recipe: preTraining(settings, place, {
      steps: milestoneOf(longest),
      milestone: 1,
      every: Math.max(1, Math.round(longest / 16)),
      checkpoints: { keep: 1, at: settings.lengths.map(milestoneOf) },
      pictures: 0, // its branches draw them
    }),
    labels: { kind: "trunk", ...place },
  };
}

function cellRuns(settings: StudySettings, place: CellPlace, name: string): PlannedRunInput[] {
  const id = preTrainingId(place);
  const { length } = place;
  const shared = settings.shareTrunk;
  const recipe = preTraining(settings, place, {
    steps: length,
    milestone,
    every: shared ? length : Math.max(1, Math.round(longestOf(settings) / 16)), // a branch measures its start and its end
    checkpoints: { keep: 1 },
    pictures: 8,
  });
  const labels = { ...place };
  const pre: PlannedRunInput = {
    ...{ id, method: dataScaling.name, recipeName: name, recipe },
    ...(shared ? { branch: { run: trunkId(place), step: milestoneOf(length) } } : {}),
    labels: { kind: "pre-training", ...labels },
  };
  if (settings.fineTuning.images === 0) return [pre];
  return [
    pre,
    {
      id: fineTuningId(place),
      method: classify.name,
      recipeName: name,
      recipe: fineTuning(settings, place),
      takes: { "init.from": id },
      labels: { kind: "fine-tuning", ...labels },
    },
  ];
}

const longestOf = ({ lengths }: StudySettings): number => Math.max(...lengths);

interface Stage {
  readonly steps: number;
  /** Share of the run after which the rate falls; 1: not in this run. */
  readonly milestone: number;
  /** Updates between evaluations. */
  readonly every: number;
  readonly checkpoints: object;
  readonly pictures: number;
}

function preTraining(
  settings: StudySettings,
  { size, images, seed }: Omit<CellPlace, "length">,
  { steps, milestone, every, checkpoints, pictures }: Stage,
): Values {
  const { data, batchSize, learningRate, warmup, validation, subsetSeed } = settings;
  const recipe = checkRecipe(dataScaling, {
    seed,
    batchSize,
    steps,
    checkpoints,
    loggers: { tensorboard: false },
    data: { ...data, imageSize: 32, workers: 0, subset: { count: images, seed: subsetSeed } },
    model: modelOf(size),
    mask: { patchSize: 8, ratio: 0.6 },
    target: { normalise: true, window: 11 },
    optimiser: {
      peakLearningRate: learningRate,
      warmupLearningRate: learningRate / 200, // the released configuration's ratio
      referenceBatchSize: batchSize,
      schedule: "multistep",
      warmupSteps: Math.round(warmup * longestOf(settings)),
      milestone,
    },
    validation: { ...validation, every, pictures },
  });
  return recipe as unknown as Values;
}

/** Section 9: 10 epochs, cosine with a fifth of warm-up, layer-wise decay, crop with padding 4 and mirroring. */
function fineTuning(settings: StudySettings, { size, seed }: CellPlace): Values {
  const { data, subsetSeed, fineTuning: tuning } = settings;
  const recipe = checkRecipe(classify, {
    seed,
    batchSize: tuning.batchSize,
    epochs: tuning.epochs,
    checkpoints: { keep: 1 },
    loggers: { tensorboard: false },
    data: { ...data, imageSize: 32, workers: 0, subset: { count: tuning.images, seed: subsetSeed } },
    model: modelOf(size),
    labelSmoothing: 0.1,
    augmentation: { crop: "padded", padding: 4 },
    optimiser: {
      peakLearningRate: tuning.learningRate,
      warmupLearningRate: 1e-6,
      minimumLearningRate: 1e-6,
      referenceBatchSize: tuning.batchSize,
      warmup: 0.2,
      layerDecay: tuning.layerDecay,
    },
    validation: {
      every: Math.max(1, tuningUpdates(settings)), // at the end: the score is the last epoch's
      ...(tuning.testImages === undefined ? {} : { images: tuning.testImages }),
    },
  });
  return recipe as unknown as Values;
}

const tuningUpdates = ({ fineTuning: { images, batchSize, epochs } }: StudySettings): number =>
  Math.round(epochs * Math.floor(images / batchSize));

const modelOf = (size: CellPlace["size"]): object => ({
  backbone: studySizes[size],
  patchSize: 2,
  window: 4,
  dropPath: 0,
});
