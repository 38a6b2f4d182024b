import { clampImage, withCorrection } from "../../diffusion/image-correction.ts";
import type { NoiseFunction } from "../../diffusion/noise-function.ts";
import { findSampler } from "../../diffusion/samplers.ts";
import { generator } from "../../random/generator.ts";
import type { Wanted } from "./conditions.ts";
import { scheduleOf } from "./noising.ts";
import type { UVitRecipe } from "./schema.ts";

/** How samples are drawn: `recipe.samples`, or what the command line says. */
export interface DrawOptions {
  readonly sampler: string;
  readonly steps: number;
  readonly clamp: boolean;
  readonly seed: number;
  /** Called before each evaluation of ε̂. */
  readonly onEvaluation?: (time: number) => void;
}

/**
 * One batch from start noise to x₀ (pixels or latents), [B, …]. The noise of sample i depends on (seed, i) alone, not on
 * the batch that it is drawn in.
 *
 * @param places number of each sample
 * @param start other start noise than that of `places`, [B, …]
 */
export async function drawBatch(
  eps: NoiseFunction,
  recipe: Pick<UVitRecipe, "objective">,
  {
    places,
    size,
    start,
    ...options
  }: DrawOptions & {
    readonly places: readonly number[];
    /** Values of one sample. */
    readonly size: number;
    readonly start?: Float64Array;
  },
): Promise<Float64Array> {
  const plain = { schedule: scheduleOf(recipe), eps: counted(eps, options.onEvaluation) };
  const diffusion = options.clamp ? withCorrection(plain, clampImage(), places.length) : plain;
  const noise = (purpose: string, ...counters: number[]): Float64Array => {
    const all = new Float64Array(places.length * size);
    places.forEach((place, row) =>
      all.set(generator(options.seed, purpose, place, ...counters).fillNormal(new Float64Array(size)), row * size),
    );
    return all;
  };
  return findSampler(options.sampler).sample(diffusion, start ?? noise("u-vit/start"), {
    evaluations: options.steps,
    batch: places.length,
    noise: (step) => noise("u-vit/sampler", step),
  });
}

const counted =
  (eps: NoiseFunction, onEvaluation: DrawOptions["onEvaluation"]): NoiseFunction =>
  (x, t) => {
    onEvaluation?.(t);
    return eps(x, t);
  };

/** Wishes of `count` samples: the shown conditions in turn. */
export const inTurn = (shown: readonly { readonly wanted: Wanted }[], count: number): Wanted[] =>
  Array.from({ length: count }, (_, i) => (shown.length === 0 ? null : shown[i % shown.length].wanted));
