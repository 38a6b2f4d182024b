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
  /** Replaces the backbone's number of heads; a divisor of its width. */
  heads: z.int().min(1).optional(),
  /** First values of the biases by distance: 0 as in SimMIM, or every head looking at one neighbour of its patch. */
  positionStart: z.enum(["zero", "local"]).default("zero"),
  /** First value of the factors on the two branches of a block. */
  layerScale: z.number().positive().default(0.1),
  /** Standard deviation of the first weights; 0.02 suits widths of about 768, narrower nets need more. */
  weightStd: z.number().positive().default(0.02),
} as const;

export type VitRecipe = z.infer<ReturnType<typeof z.object<typeof vitShape>>>;

/** Options of the transformer that pre-training and fine-tuning share, so that one's weights fit the other. */
export function beitOptions(
  { backbone, heads, ...model }: VitRecipe,
  imageSize: number,
): Omit<BeitOptions, "relativePositions"> {
  const size = vitSize(backbone);
  return { ...size, ...model, heads: heads ?? size.heads, imageSize };
}

/**
 * The transformer of the `tiny` recipes, for images of 32 pixels. Its start differs from SimMIM's in four things, chosen
 * together in short runs and not separated: weights of 0.07 = 0.02·√(768/64), whole branches (layerScale 1), 8 heads, and
 * heads that look at the neighbouring patches. SimMIM's own start stayed near chance for a thousand updates there.
 */
export const tinyVit = {
  backbone: "vit-nano",
  heads: 8,
  patchSize: 4,
  dropPath: 0,
  layerScale: 1,
  weightStd: 0.07,
  positionStart: "local",
} as const satisfies Partial<VitRecipe>;
