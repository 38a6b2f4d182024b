import { resolve } from "node:path";
import { z } from "zod";
import { samplerNames } from "../../diffusion/samplers.ts";
import { dataShape } from "../../downstream/data-recipe.ts";
import { baseRecipeShape } from "../../train/recipe.ts";
import { squareCrop } from "./square-transforms.ts";

const share = z.number().min(0).max(1);
const below1 = z.number().min(0).lt(1);

/** A path that a run must find from any folder later. */
const path = z
  .string()
  .min(1)
  .transform((given) => resolve(given));

/** The network's switches (u-vit section 3.7); defaults are the paper's. */
const modelShape = z
  .strictObject({
    patchSize: z.int().min(1).default(2),
    /** D; a multiple of `heads`. */
    width: z.int().min(1).default(512),
    /** In- and out-blocks; the mid block is one more. */
    depth: z.int().min(0).default(12),
    heads: z.int().min(1).default(8),
    mlpRatio: z.number().positive().default(4),
    qkvBias: z.boolean().default(false),
    timeMlp: z.boolean().default(false),
    skip: z.enum(["concat", "add", "addLinear", "linearAdd", "none"]).default("concat"),
    time: z.enum(["token", "adaLN"]).default("token"),
    outputConv: z.enum(["last", "before", "none"]).default("last"),
    /** The last convolution starts as the identity: by default values, it stalls runs under 5,000 steps (section 9.1). */
    identityConv: z.boolean().default(false),
    patchEmbed: z.enum(["linear", "convolutions"]).default("linear"),
    positions: z.enum(["learned", "sincos", "none"]).default("learned"),
  })
  .prefault({})
  .refine(({ width, heads }) => width % heads === 0, { path: ["heads"], message: "must divide model.width" });

/** Recipe of a diffusion model. Defaults are those of the released CIFAR-10 model where it has one. */
export const uVitSchema = z
  .strictObject({
    ...baseRecipeShape,
    data: dataShape,
    crop: squareCrop,
    /** Probability of mirroring; of latents, whether those of mirrored images are drawn as well. */
    flip: share.default(0.5),
    /** A folder of moments that `fovea features` wrote: generate latents of an autoencoder instead of pixels. */
    latents: z.strictObject({ from: path }).optional(),
    model: modelShape,
    /** What images are generated from beside noise. */
    condition: z.enum(["none", "class", "text"]).default("none"),
    /** Captions for condition `text`: a text encoder's run. */
    text: z.strictObject({ from: path }).optional(),
    /** Share of images whose label or caption is hidden, so that guidance is possible; 0: no null label. */
    conditionDropout: below1.default(0),
    objective: z
      .strictObject({
        schedule: z.enum(["vp-sde", "stable-diffusion", "cosine"]).default("vp-sde"),
        /** What the network gives: the noise or the image. */
        predict: z.enum(["noise", "image"]).default("noise"),
      })
      .prefault({}),
    optimiser: z
      .strictObject({
        peakLearningRate: z.number().min(0).default(2e-4),
        warmupSteps: z.int().min(0).default(2500),
        /** Share of the run, at its end, over which the rate falls linearly to 0; ours, the paper has none. */
        decay: share.default(0),
        beta1: below1.default(0.99),
        beta2: below1.default(0.999),
        /** On every parameter, biases and norms included, as executed upstream. */
        weightDecay: z.number().min(0).default(0.03),
        clipNorm: z.number().positive().optional(),
        /** Micro-batches per update. */
        accumulate: z.int().min(1).default(1),
      })
      .prefault({}),
    ema: z
      .strictObject({
        rate: below1.default(0.9999),
        /** min(rate, (1 + n)/(10 + n)) at update n: for runs that are short beside 1/(1 − rate). */
        shortRun: z.boolean().default(false),
      })
      .prefault({}),
    validation: z
      .strictObject({
        images: z.int().min(5).default(512),
        batchSize: z.int().min(1).default(64),
        /** Updates between evaluations; by default 16 in a run. */
        every: z.int().min(1).optional(),
      })
      .prefault({}),
    /** Pictures from the same noise while training, and what `fovea sample` does unless told otherwise. */
    samples: z
      .strictObject({
        count: z.int().min(1).max(256).default(64),
        /** Updates between grids; by default 8 in a run. */
        every: z.int().min(1).optional(),
        sampler: z.enum(samplerNames as [string, ...string[]]).default("dpm-solver"),
        /** Evaluations of the network. */
        steps: z.int().min(1).default(50),
        /** s of ε_c + s (ε_c − ε_u). */
        guidance: z.number().min(0).default(0),
        /** Clamp every estimate of the image to [−1, 1]; for pixels (section 9.1), the paper does not. */
        clamp: z.boolean().default(false),
        seed: z.int().min(0).default(0),
        /** Captions of the grids of a model by text, one a column. */
        prompts: z.array(z.string()).readonly().default([]),
      })
      .prefault({}),
  })
  .refine(({ data, model, latents }) => latents !== undefined || data.imageSize % model.patchSize === 0, {
    path: ["model", "patchSize"],
    message: "must divide data.imageSize",
  })
  .refine(({ condition, conditionDropout }) => condition !== "none" || conditionDropout === 0, {
    path: ["conditionDropout"],
    message: "hides a condition, but condition is none",
  })
  .refine(({ condition, text }) => condition !== "text" || text !== undefined, {
    path: ["text", "from"],
    message: "condition text needs the run of a text encoder",
  })
  .refine(({ batchSize, optimiser }) => batchSize % optimiser.accumulate === 0, {
    path: ["optimiser", "accumulate"],
    message: "must divide batchSize",
  });

export type UVitRecipe = z.infer<typeof uVitSchema>;
