import { z } from "zod";
import type { SwinEncoderOptions } from "../models/swin/swin-options.ts";
import { type SwinName, swinNames, swinSize } from "../models/swin/swin-sizes.ts";
import { type VitName, vitNames } from "../models/vit-sizes.ts";
import { vitShape } from "./vit-recipe.ts";

/** The `model` part of a recipe whose backbone is a ViT or a Swin. Of a Swin `patchSize`, `window`, `mlpRatio` and `dropPath` are looked at. */
export const backboneShape = z
  .strictObject({
    ...vitShape,
    /** Width, depths and heads by name: SimMIM's ViT, or Swin of either version. */
    backbone: z.enum([...vitNames, ...swinNames]).default("vit-b"),
    /** Of a Swin: tokens along a side of a window; the largest window of a stage is its map. Default 12. */
    window: z.int().min(1).optional(),
  })
  .refine(({ backbone, window }) => window === undefined || isSwin(backbone), {
    path: ["window"],
    message: "is for Swin encoders (model.backbone=swinv2-…)",
  });

export type BackboneRecipe = z.infer<typeof backboneShape>;

const isSwin = (name: string): name is SwinName => (swinNames as readonly string[]).includes(name);

/** The same recipe as one of a Swin or one of a ViT. */
export type Backbone =
  | { readonly family: "swin"; readonly options: SwinEncoderOptions }
  | {
      readonly family: "vit";
      readonly model: Omit<BackboneRecipe, "window" | "backbone"> & { readonly backbone: VitName };
    };

/** Which of the two a recipe names, for images of `imageSize` pixels. */
export function backboneOf({ backbone, window = 12, ...model }: BackboneRecipe, imageSize: number): Backbone {
  if (!isSwin(backbone)) return { family: "vit", model: { ...model, backbone } };
  const { patchSize, mlpRatio, dropPath } = model;
  const options = { ...swinSize(backbone), imageSize, patchSize, window, mlpRatio, dropPath };
  return { family: "swin", options };
}
