import { z } from "zod";
import { cropShape } from "../../downstream/classify/crop-recipe.ts";
import { dataShape } from "../../downstream/data-recipe.ts";
import { baseRecipeShape } from "../../train/recipe.ts";
import { backboneShape, modulesShape } from "./backbone.ts";

const rate = z.number().min(0).max(1);
const learningRate = z.number().min(0);
const positive = z.number().positive();
const alpha = z.number().min(0).max(1);

/** What phases differ in. */
const phaseShape = {
  epochs: z.number().positive(),
  /** Linear warm-up at the start. */
  warmupEpochs: z.number().min(0),
  /** Drop path of the last block of the network that is trained; it rises linearly from 0. */
  dropPath: z.number().min(0).lt(1),
  /** Largest global gradient norm; null: no clipping. */
  clipNorm: positive.nullable(),
} as const;

const phase = z.strictObject(phaseShape).partial().prefault({});

/** Which trainings a plan adds to the incubation, to compare it with. */
export const arms = [
  /** The target trained end to end. */
  "end-to-end",
  /** Modules that imitate the meta model's, assembled and fine-tuned. */
  "imitation",
  /** Modules that were each trained beside another meta model: no shared link. */
  "other-metas",
  /** The target from random values with the fine-tuning's budget. */
  "from-scratch",
] as const;
export type Arm = (typeof arms)[number];

/** Phases of one run. `all`: the whole plan. */
export const phases = ["all", "meta", "module", "assembly", "tuning", "end-to-end"] as const;

/**
 * Recipe of Deep Incubation. With phase `all` it is a plan of runs, and `phases` says in what they differ; each of its
 * runs is a recipe with one of the other phases. Defaults are the paper's; sizes are pixels unless said.
 */
export const incubationSchema = z
  .strictObject({
    ...baseRecipeShape,
    phase: z.enum(phases).default("all"),
    data: dataShape,
    model: backboneShape,
    modules: modulesShape,
    /** Of phase `module`: which, from 0. */
    module: z.int().min(0).optional(),
    /** Of phase `module`: from the task's loss in a hybrid network, or from the meta model's features (section 4.4). */
    learnsBy: z.enum(["incubation", "imitation"]).default("incubation"),
    /** Of phase `assembly`: runs or files of the modules, in the order of the network. */
    parts: z.array(z.string().min(1)).readonly().optional(),
    /** Of phase `assembly`: take modules of different meta models, as the control of a study does. */
    acceptOtherMetas: z.boolean().default(false),
    augmentation: z
      .strictObject({
        ...cropShape,
        /** timm's rand-m9-mstd0.5-inc1. */
        randAugment: z.boolean().default(false),
        /** Probability that an image loses a box. */
        erasing: rate.default(0),
        /** α of mixup; 0: off. */
        mixup: alpha.default(0),
        /** α of cutmix; 0: off. With both on every batch goes through one of them. */
        cutmix: alpha.default(0),
        /** Each drawn image so many times in a row, of which an epoch takes as many places as there are images. */
        repeats: z.int().min(1).max(100).default(1),
      })
      .prefault({}),
    labelSmoothing: z.number().min(0).lt(1).default(0.1),
    ...phaseShape,
    epochs: phaseShape.epochs.optional(),
    warmupEpochs: phaseShape.warmupEpochs.default(20),
    dropPath: phaseShape.dropPath.default(0),
    clipNorm: phaseShape.clipNorm.default(null),
    optimiser: z
      .strictObject({
        /** Rates are stated for `referenceBatchSize` and scaled in proportion to `batchSize`; the two below are not. */
        peakLearningRate: learningRate.default(5e-4),
        referenceBatchSize: z.int().min(1).default(512),
        warmupLearningRate: learningRate.default(1e-6),
        minimumLearningRate: learningRate.default(1e-5),
        /** `epoch`: the released schedule, late by one epoch; `step`: the same curve in every update. */
        schedule: z.enum(["epoch", "step"]).default("epoch"),
        weightDecay: z.number().min(0).default(0.05),
        /** Micro-batches per update. */
        accumulate: z.int().min(1).default(1),
      })
      .prefault({}),
    validation: z
      .strictObject({
        /** Use only the first so many held-out images. */
        images: z.int().min(1).optional(),
        batchSize: z.int().min(1).default(64),
        /** Updates between evaluations; by default 8 in a run. */
        every: z.int().min(1).optional(),
      })
      .prefault({}),
    /** A run of a plan: what it starts from is put in when it starts. */
    planned: z.boolean().default(false),
    /** Of phase `all`: in what the phases differ from the values above. */
    phases: z.strictObject({ meta: phase, module: phase, tuning: phase, endToEnd: phase }).optional(),
    /** Of phase `all`: what is trained beside. */
    arms: z.array(z.enum(arms)).readonly().optional(),
  })
  .superRefine((recipe, context) => {
    const missing = recipe.planned ? undefined : missingInput(recipe);
    if (missing !== undefined) context.addIssue({ code: "custom", ...missing });
  });

export type IncubationRecipe = z.infer<typeof incubationSchema>;

/** What a phase cannot do without. */
function missingInput({
  phase,
  module,
  parts,
  init,
}: Pick<IncubationRecipe, "phase" | "module" | "parts" | "init">): { path: string[]; message: string } | undefined {
  if (phase === "module" && module === undefined) return { path: ["module"], message: "phase module needs its number" };
  if (phase === "module" && init.from === undefined)
    return { path: ["init", "from"], message: "phase module needs the meta model: a run, or a file of weights" };
  if (phase === "tuning" && init.from === undefined)
    return { path: ["init", "from"], message: "phase tuning needs an assembled network: a run, or a file of weights" };
  if (phase === "assembly" && parts === undefined)
    return { path: ["parts"], message: "phase assembly needs the runs or files of its modules" };
  return undefined;
}
