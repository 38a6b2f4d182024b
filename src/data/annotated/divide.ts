import { FoveaError } from "../../errors/fovea-error.ts";
import { generator } from "../../random/generator.ts";
import type { Split } from "../split.ts";
import type { SampleRecord } from "./sample-record.ts";

export interface DivideOptions {
  readonly seed: number;
  readonly valFraction: number;
}

/**
 * The part of a set that its authors did not divide: the same seeded `valFraction` of the groups is held out, at least
 * one group where there are two. What must not be torn apart (crops of one scene) has one group.
 *
 * @throws FoveaError `data/split` for test: such a set has none
 */
export function dividedRecords(
  records: readonly SampleRecord[],
  split: Split,
  { seed, valFraction }: DivideOptions,
  groupOf: (record: SampleRecord) => string = ({ id }) => id,
): SampleRecord[] {
  if (split === "test") throw noSplit(split);
  const groups = [...new Set(records.map(groupOf))].sort();
  const wanted = Math.round(groups.length * valFraction);
  const held = groups.length < 2 ? 0 : Math.min(groups.length - 1, Math.max(1, wanted));
  const order = generator(seed, "data/split/groups").permutation(groups.length);
  const heldOut = new Set(Array.from(order.subarray(0, held), (place) => groups[place]));
  return records.filter((record) => heldOut.has(groupOf(record)) === (split === "val"));
}

/** The part of a recording: the last `valFraction` is held out, since neighbours in time look alike. */
export function dividedByOrder(
  records: readonly SampleRecord[],
  split: Split,
  { valFraction }: DivideOptions,
): SampleRecord[] {
  if (split === "test") throw noSplit(split);
  const kept = records.length - Math.max(records.length < 2 ? 0 : 1, Math.round(records.length * valFraction));
  return split === "train" ? records.slice(0, kept) : records.slice(kept);
}

/** What a format throws where it has no such part. */
export const noSplit = (split: Split): FoveaError =>
  new FoveaError("data/split", `this set has no ${split} split`, { exitCode: 2 });
