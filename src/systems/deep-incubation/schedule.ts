import { cosineSchedule, lagByOne, type Schedule } from "../../optim/schedules.ts";

export interface IncubationSchedule {
  readonly peak: number;
  readonly warmupStart: number;
  readonly minimum: number;
  readonly warmupEpochs: number;
  readonly epochs: number;
  readonly updatesPerEpoch: number;
  /**
   * `epoch`: as released. The rate changes once an epoch; the scheduler is called with the epoch's number after it, so
   * epochs 0 and 1 run alike and epoch e ≥ 1 at the value for e − 1. `step`: the same curve in every update, not late.
   */
  readonly by: "epoch" | "step";
}

/**
 * Linear warm-up, then min + ½(peak − min)(1 + cos(πt/T)) with t counted from the start of the run, so that the rate
 * jumps a little at the end of the warm-up. Source: section 4.2.
 *
 * @throws FoveaError where the warm-up is longer than the run
 */
export function incubationSchedule(options: IncubationSchedule): Schedule {
  const { peak, warmupStart, minimum, warmupEpochs, epochs, updatesPerEpoch, by } = options;
  const unit = by === "epoch" ? 1 : updatesPerEpoch;
  const curve = cosineSchedule({
    peak,
    warmupStart,
    minimum,
    warmupUpdates: Math.round(warmupEpochs * unit),
    updates: Math.max(1, Math.round(epochs * unit)),
    cosineFrom: "start",
  });
  if (by === "step") return curve;
  const late = lagByOne(curve);
  return (update) => late(Math.floor(update / updatesPerEpoch));
}
