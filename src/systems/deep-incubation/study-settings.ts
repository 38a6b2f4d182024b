import { z } from "zod";
import { dataShape } from "../../downstream/data-recipe.ts";
import { arms } from "./schema.ts";

const epochs = z.number().positive();
const list = <T extends z.ZodType>(value: T) => z.array(value).min(1).readonly();

/** Settings of a study of Deep Incubation: presets of section 9, and what is varied. */
export const incubationStudySchema = z.strictObject({
  preset: z.enum(["test", "tiny", "deep", "wide"]).default("tiny"),
  data: dataShape,
  seeds: list(z.int().min(0)).default([0, 1, 2]),
  /** What every incubation is compared with. */
  arms: z.array(z.enum(arms)).readonly().default(["end-to-end"]),
  /** Epochs of modules and of fine-tuning, m + n. */
  budgets: list(z.strictObject({ module: epochs, tuning: epochs })).default([{ module: 10, tuning: 10 }]),
  /** Epochs of the meta model and of a training end to end, one value or several. */
  metaEpochs: epochs.default(30),
  endToEndEpochs: list(epochs).default([30]),
  /** Shares of the training images, class by class; each inside the larger ones. */
  fractions: list(z.number().gt(0).max(1)).default([1]),
  /** Blocks of the meta model for each module. */
  metaDepths: list(z.int().min(1)).default([1]),
  /** Replaces the depth of the preset. */
  depth: z.int().min(1).optional(),
  /** Warm-up as a share of a phase: 20 of 300 epochs, 20 of 100. */
  warmup: z
    .strictObject({ meta: z.number().min(0).max(1), module: z.number().min(0).max(1) })
    .default({ meta: 20 / 300, module: 0.2 }),
  validationImages: z.int().min(1).optional(),
});

export type IncubationStudySettings = z.infer<typeof incubationStudySchema>;
