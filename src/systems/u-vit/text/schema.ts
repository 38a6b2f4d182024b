import { z } from "zod";
import { dataShape } from "../../../downstream/data-recipe.ts";
import { baseRecipeShape } from "../../../train/recipe.ts";
import { squareCrop } from "../square-transforms.ts";
import { worldWords } from "./words.ts";

const below1 = z.number().min(0).lt(1);

/** Recipe of a small text encoder for captions with a closed vocabulary (u-vit section 9.2). */
export const textEncoderSchema = z
  .strictObject({
    ...baseRecipeShape,
    data: dataShape,
    crop: squareCrop,
    flip: z.number().min(0).max(1).default(0.5),
    /** The vocabulary. */
    words: z
      .array(z.string().min(1))
      .min(1)
      .readonly()
      .default([...worldWords]),
    model: z
      .strictObject({
        width: z.int().min(1).default(64),
        layers: z.int().min(1).default(2),
        heads: z.int().min(1).default(4),
        /** Tokens of a text, begin and end included. */
        tokens: z.int().min(3).default(16),
        /** Width of the space in which images and texts meet. */
        embed: z.int().min(1).default(64),
      })
      .prefault({}),
    optimiser: z
      .strictObject({
        peakLearningRate: z.number().min(0).default(1e-3),
        warmupSteps: z.int().min(0).default(50),
        beta1: below1.default(0.9),
        beta2: below1.default(0.99),
        weightDecay: z.number().min(0).default(0.01),
      })
      .prefault({}),
    validation: z.strictObject({ images: z.int().min(1).default(256), every: z.int().min(1).optional() }).prefault({}),
  })
  .refine(({ model }) => model.width % model.heads === 0, { path: ["model", "heads"], message: "must divide width" });

export type TextEncoderRecipe = z.infer<typeof textEncoderSchema>;
