import { z } from "zod";

const point = z.strictObject({ step: z.int().min(0), loss: z.number() });
const count = z.number().min(0);

/**
 * One cell of a study: one model size, data set, length and seed. What was not measured is null: the published table has
 * no training losses. Losses are mean absolute errors per masked pixel and channel on the target that the study names.
 */
export const studyCellSchema = z.strictObject({
  /** Unique in its table. */
  id: z.string().min(1),
  /** Model size as the study names it: `S`, `B`, `L`. */
  size: z.string().min(1),
  /** Data set as the study names it: `32`, `8192`, `1K 10%`. Cells with equal names saw the same images. */
  data: z.string().min(1),
  /** Share of the largest data set of the same source, 0 to 1; null where sources differ. */
  fraction: z.number().min(0).max(1).nullable(),
  /** Training images. */
  images: z.int().min(1),
  /** Updates in all. */
  length: z.int().min(1),
  /** null where one cell is the mean over seeds, or none is known. */
  seed: z.int().min(0).nullable(),
  /** Mean over the last twentieth of the updates, on augmented images with fresh masks. */
  trainLoss: z.number().nullable(),
  /** Of a fixed sample of the run's own training images, masks as in validation. */
  trainEvalLoss: z.number().nullable(),
  validationLoss: z.number(),
  /** Deviation of the validation loss over three mask seeds. */
  validationSpread: count.nullable(),
  /** Loss of predicting 0 on the same images and masks. */
  trivialLoss: z.number().nullable(),
  /** Validation loss against the update, ascending; with the value before the rate falls and at the end. */
  validationCurve: z.array(point).readonly(),
  trainEvalCurve: z.array(point).readonly(),
  /** Fine-tuned top-1 accuracy in percent; null where there was no fine-tuning. */
  score: z.number().nullable(),
  /** Of the encoder, without mask token and decoder (the published table counts so). */
  parameters: count,
  /** Images seen: length × batch. */
  samples: count,
  /** samples / images */
  epochs: count,
  /** Floating-point operations of pre-training, as if it had shared no trunk. */
  flops: count,
  /** Of pre-training, as if it had shared no trunk: seconds of the trunk up to the branch and of the tail. */
  seconds: count.nullable(),
});

export type StudyCell = z.infer<typeof studyCellSchema>;

/** What a study measured: cells.json of its folder. The same type holds the published table. */
export const studyTableSchema = z.strictObject({
  /** `data-scaling/study`, or whatever the table is called. */
  study: z.string().min(1),
  /** For people: where the images come from. */
  source: z.string(),
  /** Sizes from small to large, as far as there are cells of them. */
  sizes: z.array(z.string()).readonly(),
  /** Data sets from small to large. */
  data: z.array(z.string()).readonly(),
  /** Lengths in updates, ascending. */
  lengths: z.array(z.int()).readonly(),
  batchSize: z.int().min(1),
  /** Cells of the plan that have no result yet, or failed: their ids. */
  missing: z.array(z.string()).readonly(),
  cells: z.array(studyCellSchema).readonly(),
});

export type StudyTable = z.infer<typeof studyTableSchema>;
