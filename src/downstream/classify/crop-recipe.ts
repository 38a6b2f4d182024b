import { z } from "zod";

const rate = z.number().min(0).max(1);
const positive = z.number().positive();

/** How a recipe of classification cuts and mirrors its training images. */
export const cropShape = {
  /** `padded`: random crop after `padding` black pixels; `resized`: random resized crop; `auto`: padded up to 32 pixels. */
  crop: z.enum(["auto", "padded", "resized", "none"]).default("auto"),
  padding: z.int().min(0).default(4),
  /** Of `resized`: share of the area. */
  scale: z.tuple([rate, rate]).default([0.08, 1]),
  ratio: z.tuple([positive, positive]).default([3 / 4, 4 / 3]),
  /** Probability of mirroring. */
  flip: rate.default(0.5),
} as const;
