import { z } from "zod";
import { beitOptions, vitShape } from "../../downstream/vit-recipe.ts";
import { type SwinName, swinNames, swinSize } from "../../models/swin/swin-sizes.ts";
import { vitNames } from "../../models/vit-sizes.ts";
import type { MaskedEncoder } from "./masked-encoder.ts";
import { MaskedSwin } from "./masked-swin.ts";
import { MaskedVit } from "./masked-vit.ts";

const isSwin = (name: string): name is SwinName => (swinNames as readonly string[]).includes(name);

/** The `model` part of a recipe. Of a Swin encoder `patchSize`, `window`, `mlpRatio` and `dropPath` are looked at. */
export const encoderShape = z
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

export type EncoderRecipe = z.infer<typeof encoderShape>;

/** The encoder that a recipe names, for images of `imageSize` pixels. */
export function maskedEncoder({ backbone, window = 12, ...model }: EncoderRecipe, imageSize: number): MaskedEncoder {
  if (!isSwin(backbone)) return new MaskedVit(beitOptions({ ...model, backbone }, imageSize));
  const { patchSize, mlpRatio, dropPath } = model;
  return new MaskedSwin({ ...swinSize(backbone), imageSize, patchSize, window, mlpRatio, dropPath });
}
