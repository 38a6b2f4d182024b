import { FoveaError } from "../errors/fovea-error.ts";

/** Learning rate of each update; updates count from 0. */
export type Schedule = (update: number) => number;

export interface WarmUp {
  /** Highest learning rate. */
  readonly peak: number;
  /** Updates over which it rises linearly from `warmupStart`. Default 0. */
  readonly warmupUpdates?: number;
  readonly warmupStart?: number;
}

/** `peak` throughout, after the warm-up. */
export function constantSchedule(warmUp: WarmUp): Schedule {
  return warmedUp(warmUp, () => warmUp.peak);
}

export interface CosineOptions extends WarmUp {
  /** Length of the whole schedule, warm-up included. */
  readonly updates: number;
  /** Value at its end and after. Default 0. */
  readonly minimum?: number;
  /**
   * Where the cosine counts from: `afterWarmup` (timm's warmup_prefix; it starts at the peak) or `start` (the original
   * SimMIM code: the rate jumps down a little at the end of the warm-up). Default `afterWarmup`.
   */
  readonly cosineFrom?: "afterWarmup" | "start";
}

/** min + ½(peak − min)(1 + cos πs), s the share of the schedule that is done. */
export function cosineSchedule(options: CosineOptions): Schedule {
  const { peak, updates, minimum = 0, warmupUpdates = 0, cosineFrom = "afterWarmup" } = options;
  checkAtLeast("minimum", minimum, 0);
  checkAtLeast("updates", updates, Math.max(1, warmupUpdates));
  const from = cosineFrom === "start" ? 0 : warmupUpdates;
  return warmedUp(options, (t) => {
    const share = updates === from ? 1 : Math.min(1, (t - from) / (updates - from));
    return minimum + 0.5 * (peak - minimum) * (1 + Math.cos(Math.PI * share));
  });
}

export interface MultiStepOptions extends WarmUp {
  /** Updates from which the rate is multiplied by `factor` once more. */
  readonly milestones: readonly number[];
  /** Default 0.1. */
  readonly factor?: number;
}

/** peak · factor^(number of milestones ≤ t). */
export function multiStepSchedule(options: MultiStepOptions): Schedule {
  const { peak, milestones, factor = 0.1 } = options;
  checkAtLeast("factor", factor, 0);
  return warmedUp(options, (t) => peak * factor ** milestones.filter((milestone) => milestone <= t).length);
}

/** The rate changes at the start of each epoch only, as in per-epoch schedulers. */
export function perEpoch(schedule: Schedule, updatesPerEpoch: number): Schedule {
  checkAtLeast("updatesPerEpoch", updatesPerEpoch, 1);
  return (t) => schedule(Math.floor(t / updatesPerEpoch) * updatesPerEpoch);
}

/**
 * Update k ≥ 1 uses the value for k − 1, so the first two are alike: what code does that calls its scheduler after each
 * update with that update's index (Swin-Transformer, SimMIM).
 */
export function lagByOne(schedule: Schedule): Schedule {
  return (t) => schedule(Math.max(0, t - 1));
}

function warmedUp({ peak, warmupUpdates = 0, warmupStart = 0 }: WarmUp, after: Schedule): Schedule {
  checkAtLeast("peak", peak, 0);
  checkAtLeast("warmupUpdates", warmupUpdates, 0);
  checkAtLeast("warmupStart", warmupStart, 0);
  return (t) => (t < warmupUpdates ? warmupStart + (t * (peak - warmupStart)) / warmupUpdates : after(t));
}

function checkAtLeast(field: string, value: number, least: number): void {
  if (Number.isFinite(value) && value >= least) return;
  throw new FoveaError("schedule/range", `schedule: ${field} is ${value}; it must be a number from ${least}`, {
    exitCode: 2,
  });
}
