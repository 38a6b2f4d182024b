import { z } from "zod";
import { type Normalisation, imagenetNormalisation, unitNormalisation } from "../../data/transforms/normalise.ts";
import { classifierShape, isTransformer } from "../../downstream/classify/classifier-recipe.ts";
import { dataShape } from "../../downstream/data-recipe.ts";
import { baseRecipeShape } from "../../train/recipe.ts";
import { distillerNamed, distillerNames } from "./distillers/list.ts";
import { valueNames } from "./ranking.ts";

const weight = z.number().min(0);
const share = z.number().min(0).max(1);

/** Statistics by name. `cifar100`: knowledge-condensation section 4.1. */
export const normalisations = {
  imagenet: imagenetNormalisation,
  cifar100: { mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] },
  none: unitNormalisation,
} as const satisfies Record<string, Normalisation>;

const normalisationName = z.enum(["imagenet", "cifar100", "none"]);

/** Recipe of a distillation, condensed or not. Sizes are pixels unless said; defaults are the published recipe's. */
export const knowledgeCondensationSchema = z
  .strictObject({
    ...baseRecipeShape,
    epochs: z.int().min(1).default(240),
    data: dataShape,
    /** A run of `classify` or of this method, an ONNX file, a file of weights; `random`: values that nobody trained, to try a recipe out. */
    teacher: z.string().min(1).optional(),
    /** The teacher's network, for weights of a file and `random`; by default a file's folder names it (`resnet32x4_vanilla`). */
    teacherModel: classifierShape.optional(),
    /** Module paths (of an ONNX file: names of values) whose results are the teacher's features; by default its family's own. */
    teacherTaps: z.array(z.string().min(1)).min(2).optional(),
    /** What its pixels are normalised by; by default as it was trained where that is known, else ImageNet's. */
    teacherNormalise: normalisationName.optional(),
    /** The student. */
    model: classifierShape.prefault({}),
    taps: z.array(z.string().min(1)).min(2).optional(),
    normalise: normalisationName.default("imagenet"),
    distiller: z
      .strictObject({
        name: z.enum(distillerNames).default("kd"),
        /** γ, a and b of γ·CE + a·KL + b·L; by default the distiller's published ones. */
        weights: z
          .strictObject({ crossEntropy: weight.optional(), kd: weight.optional(), feature: weight.optional() })
          .prefault({}),
        temperature: z.number().positive().default(4),
        /** Of `crd`: negatives for each sample. */
        negatives: z.int().min(1).default(16384),
        /** Of `hint`: place in the lists of features. */
        hintLayer: z.int().default(2),
        /** `pretrain`: the phase before (factor, abound, fsp, sskd); the distillation then takes `init.from` that run. */
        phase: z.enum(["distil", "pretrain"]).default("distil"),
      })
      .prefault({}),
    condensation: z
      .strictObject({
        /** False: the bare distiller. */
        enabled: z.boolean().default(true),
        /** ρ: share of the points that six condensations leave. */
        keep: z.number().gt(0).max(1).default(0.7),
        /** T; by default a sixth of the epochs. */
        epochsPerStage: z.int().min(1).optional(),
        warmupEpochs: z.int().min(0).default(0),
        /** What points are kept for. */
        value: z.enum(valueNames).default("entropy"),
        /** Mix what falls out into the last of what stays. */
        mix: z.boolean().default(true),
        /** A condensed set to start from: a run, its condensed-set.safetensors, or a text file of indices. */
        from: z.string().min(1).optional(),
      })
      .prefault({}),
    /** Share of the training labels that are replaced by a wrong class, to measure the list of label noise. */
    labelNoise: share.default(0),
    augmentation: z
      .strictObject({
        /** Black pixels around before a random crop; 0: none. */
        padding: z.int().min(0).default(4),
        /** Probability of mirroring. */
        flip: share.default(0.5),
      })
      .prefault({}),
    optimiser: z
      .strictObject({
        learningRate: z.number().min(0).default(0.05),
        momentum: share.default(0.9),
        weightDecay: z.number().min(0).default(5e-4),
        /** Shares of the epochs after which the rate falls to a tenth. */
        milestones: z.array(share).default([0.625, 0.75, 0.875]),
      })
      .prefault({}),
    validation: z
      .strictObject({
        /** Use only the first so many held-out images. */
        images: z.int().min(1).optional(),
        batchSize: z.int().min(1).default(64),
        /** Updates between evaluations; by default 12 in a run. */
        every: z.int().min(1).optional(),
        /** Pictures in a row of the galleries. */
        pictures: z.int().min(1).max(64).default(12),
      })
      .prefault({}),
  })
  .refine(({ data, model }) => !isTransformer(model) || data.imageSize % model.patchSize === 0, {
    path: ["model", "patchSize"],
    message: "must divide data.imageSize",
  })
  .refine(
    ({ distiller: { name, phase }, init }) =>
      phase === "pretrain" || init.from !== undefined || distillerNamed(name).pretrained === undefined,
    { path: ["init", "from"], message: "this distiller starts from a run of its own with distiller.phase=pretrain" },
  )
  .refine(({ distiller: { name, phase } }) => phase === "distil" || distillerNamed(name).pretrained !== undefined, {
    path: ["distiller", "phase"],
    message: "only factor, abound, fsp and sskd have a phase before",
  });

export type KnowledgeCondensationRecipe = z.infer<typeof knowledgeCondensationSchema>;
