import { z } from "zod";
import type { Generator } from "../../random/generator.ts";
import { denseFrames, segmentFrames, viewFrames } from "./clip-frames.ts";

const frames = z.int().min(1).max(4096);
const stride = z.int().min(1).max(4096).optional();

/** Which frames of a video are a row of a batch, as plain data. `frames` is T; `stride` is 1 unless said. */
export const clipSchema = z.discriminatedUnion("sampling", [
  /** T frames `stride` apart: from a random start in training, from the middle in evaluation. */
  z.strictObject({ sampling: z.literal("dense"), frames, stride }),
  /** One frame out of each of T equal segments: a random one in training, its middle in evaluation. */
  z.strictObject({ sampling: z.literal("uniform"), frames }),
  /** `views` dense clips at fixed starts, the same in training: a row is [views, T, 3, H, W]. */
  z.strictObject({ sampling: z.literal("views"), frames, stride, views: z.int().min(1).max(256) }),
]);
export type ClipSpec = z.infer<typeof clipSchema>;

/** The frames of a row out of `total`, in its order; without `random` those of evaluation. */
export function clipFrames(total: number, spec: ClipSpec, random?: Generator): readonly number[] {
  const { frames } = spec;
  switch (spec.sampling) {
    case "dense": {
      const choice = { frames, stride: spec.stride ?? 1 };
      return [...(random === undefined ? viewFrames(total, choice, 1)[0] : denseFrames(total, choice, random))];
    }
    case "uniform":
      return [...segmentFrames(total, frames, random)];
    case "views":
      return viewFrames(total, { frames, stride: spec.stride ?? 1 }, spec.views).flatMap((view) => [...view]);
  }
}
