import { shortRunDecay, type Decay } from "../../optim/ema.ts";
import { constantSchedule, type Schedule } from "../../optim/schedules.ts";
import type { UVitRecipe } from "./schema.ts";

/**
 * min(step/warm-up, 1) of the peak, step from 0, so the first update has rate 0; then constant, and over the last share
 * `decay` of the run linearly to 0 (ours). Source: u-vit section 4.3.
 */
export function diffusionSchedule(
  { peakLearningRate, warmupSteps, decay }: UVitRecipe["optimiser"],
  steps: number,
): Schedule {
  const rising = constantSchedule({ peak: peakLearningRate, warmupUpdates: Math.min(warmupSteps, steps) });
  const from = (1 - decay) * steps;
  return (update) => rising(update) * (update < from ? 1 : Math.max(0, (steps - update) / (steps - from)));
}

/** Decay of the moving averages. */
export const averageDecay = ({ rate, shortRun }: UVitRecipe["ema"]): Decay => (shortRun ? shortRunDecay(rate) : rate);
