import { isVectorOrBias } from "../../optim/parameter-groups.ts";
import { cosineSchedule, lagByOne, multiStepSchedule, type Schedule } from "../../optim/schedules.ts";
import type { DataScalingRecipe } from "./schema.ts";

/** What a schedule needs of a recipe. */
export type ScheduleOptions = DataScalingRecipe["optimiser"];

/**
 * The learning rate of each update, scaled to the batch: rates are stated for `referenceBatchSize`.
 *
 * `multistep` (SwinV2 configurations): linear warm-up, then the peak, a tenth of it from `milestone` of the run on.
 * `cosine` (V1): to the minimum at the end, counted from the start of the run. Both are late by one update, as executed
 * upstream: the scheduler is called after each update with that update's index. Source: data-scaling section 4.1.
 */
export function preTrainingSchedule(options: ScheduleOptions, steps: number, batchSize: number): Schedule {
  const scale = batchSize / options.referenceBatchSize;
  const warmUp = {
    peak: options.peakLearningRate * scale,
    warmupStart: options.warmupLearningRate * scale,
    warmupUpdates: warmupUpdates(options, steps),
  };
  if (options.schedule === "multistep")
    return lagByOne(multiStepSchedule({ ...warmUp, milestones: [Math.round(options.milestone * steps)] }));
  return lagByOne(
    cosineSchedule({
      ...warmUp,
      updates: steps,
      minimum: options.minimumLearningRate * scale,
      cosineFrom: "start",
    }),
  );
}

/** `warmupSteps` where it is given, else the share `warmup` of the run. */
const warmupUpdates = ({ warmupSteps, warmup }: ScheduleOptions, steps: number): number =>
  Math.min(steps, warmupSteps ?? Math.round(warmup * steps));

/**
 * Names that the official encoders spare from decay: the ViT not its mask token and table of relative biases, Swin not
 * its bias tables and MLPs nor `logit_scale`, which upstream means to spare and misses.
 */
const namedExemptions = {
  vit: new Set(["encoder.cls_token", "encoder.pos_embed"]),
  swin: new Set(["encoder.mask_token", "encoder.absolute_pos_embed"]),
};

/** Whether pre-training spares a parameter from weight decay, as effectively executed upstream (sections 3.7 and 4.1). */
export const isUndecayed =
  (encoder: "vit" | "swin") =>
  (name: string, parameter: { readonly rank: number }): boolean =>
    isVectorOrBias(name, parameter) || namedExemptions[encoder].has(name);
