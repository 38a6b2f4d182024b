import { z } from "zod";
import { vitNames, vitSize } from "../models/vit-sizes.ts";
import type { BeitOptions } from "../models/beit.ts";

/** The `model` part of a recipe on a vision transformer with relative positions (BEiT's and SimMIM's). */
export const vitShape = {
  /** Width, depth and heads by name. */
  backbone: z.enum(vitNames).default("vit-b"),
  /** Side of a token in pixels. */
  patchSize: z.int().min(1).default(16),
  mlpRatio: z.number().positive().default(4),
  /** Rate of the last block; it rises linearly from 0. */
  dropPath: z.number().min(0).lt(1).default(0.1),
} as const;

export type VitRecipe = z.infer<ReturnType<typeof z.object<typeof vitShape>>>;

/** Options of the transformer that pre-training and fine-tuning share, so that one's weights fit the other. */
export const beitOptions = (
  { backbone, patchSize, mlpRatio, dropPath }: VitRecipe,
  imageSize: number,
): Omit<BeitOptions, "relativePositions"> => ({ ...vitSize(backbone), imageSize, patchSize, mlpRatio, dropPath });
