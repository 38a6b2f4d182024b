import { z } from "zod";
import { dataShape } from "../../downstream/data-recipe.ts";

/** Sizes of the micro family by the letters of the paper's. */
export const studySizes = {
  S: "swinv2-micro-s",
  B: "swinv2-micro-b",
  L: "swinv2-micro-l",
  H: "swinv2-micro-h",
} as const;

const ascending = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value > values[i - 1]);
const axis = (value: z.ZodInt) =>
  z.array(value).min(1).readonly().refine(ascending, { message: "must be in ascending order, each once" });

/** Settings of a study at 32 pixels (section 9). Learning rates are those of the batch sizes given here. */
export const studySettingsSchema = z.strictObject({
  data: dataShape,
  sizes: z.array(z.enum(["S", "B", "L", "H"])).min(1).readonly().default(["S", "B", "L"]), // prettier-ignore
  /** Training images: nested, class-balanced parts of the training set. */
  images: axis(z.int().min(1)).default([32, 256, 2048, 8192]),
  /** Updates in all. */
  lengths: axis(z.int().min(8)).default([400, 800, 1600]),
  seeds: axis(z.int().min(0)).default([0, 1]),
  /** Of the order in which images enter the parts. */
  subsetSeed: z.int().min(0).default(0),
  /** Whether runs of different lengths share their first updates: the same bits for fewer of them. */
  shareTrunk: z.boolean().default(true),
  batchSize: z.int().min(1).default(64),
  learningRate: z.number().positive().default(2e-3),
  /** Share of the longest run; all lengths warm up for the same number of updates. */
  warmup: z.number().min(0).max(1).default(0.05),
  validation: z
    .strictObject({
      images: z.int().min(1).default(1024),
      trainImages: z.int().min(1).default(512),
      batchSize: z.int().min(1).default(64),
      maskSeed: z.int().min(0).default(0),
    })
    .prefault({}),
  fineTuning: z
    .strictObject({
      /** Labelled images, the same for every cell; 0: no fine-tuning. */
      images: z.int().min(0).default(2000),
      epochs: z.number().positive().default(10),
      batchSize: z.int().min(1).default(50),
      learningRate: z.number().positive().default(1e-3),
      layerDecay: z.number().gt(0).max(1).default(0.75),
      /** Use only the first so many held-out images for the score. */
      testImages: z.int().min(1).optional(),
    })
    .prefault({}),
});

export type StudySettings = z.infer<typeof studySettingsSchema>;

/** Settings of a study that has nothing to train. */
export const noSettings = z.strictObject({});
