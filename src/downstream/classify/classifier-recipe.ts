import { z } from "zod";
import { type ConvolutionalName, convolutionalNames } from "../../models/convolutional/convolutional-sizes.ts";
import { swinNames } from "../../models/swin/swin-sizes.ts";
import { vitNames } from "../../models/vit-sizes.ts";
import { type BackboneRecipe, backboneShape } from "../backbone-recipe.ts";

/** The `model` part of a recipe that trains a classifier: a ViT, a Swin, a convolutional network or an MLP by name. */
export const classifierShape = z
  .strictObject({
    ...backboneShape.shape,
    /** Of a convolutional network (`resnet20`, `wrn_16_2`, …) and of `mlp` only `hidden` is looked at. */
    backbone: z.enum([...vitNames, ...swinNames, ...convolutionalNames, "mlp"]).default("vit-b"),
    /** Widths of an `mlp`'s hidden layers. */
    hidden: z.array(z.int().min(1)).min(1).readonly().default([512, 256]),
  })
  .refine(({ backbone, window }) => window === undefined || hasWindow(backbone), {
    path: ["window"],
    message: "is for Swin encoders (model.backbone=swinv2-…)",
  });

export type ClassifierRecipe = z.infer<typeof classifierShape>;

const hasWindow = (name: string): boolean => (swinNames as readonly string[]).includes(name);

export const isConvolutional = (name: string): name is ConvolutionalName =>
  (convolutionalNames as readonly string[]).includes(name);

/** Whether the recipe's network cuts images into patches. */
export const isTransformer = ({ backbone }: Pick<ClassifierRecipe, "backbone">): boolean =>
  backbone !== "mlp" && !isConvolutional(backbone);

/** The same recipe where `isTransformer` holds. */
export const transformerOf = ({ hidden: _hidden, ...model }: ClassifierRecipe): BackboneRecipe =>
  model as BackboneRecipe; // by `isTransformer`
