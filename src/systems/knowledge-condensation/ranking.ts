import { generator } from "../../random/generator.ts";

/** What points are kept for, most valuable first. */
export const valueNames = ["entropy", "random", "low-entropy", "teacher-student-kl", "loss"] as const;
export type ValueName = (typeof valueNames)[number];

/** Exponent of the visits: points that are visited often are favoured a little. Their unit, 40, changes no ranking. */
const frequencyExponent = 0.03;
const visitUnit = 40;
/** By visits: a power for each point and stage would be most of a condensation's time. */
const frequencyFactors: number[] = [];

/**
 * Mean value over visits · (visits/40)^0.03; −∞ for a point without visits or whose value is no number, which would
 * else stand first for ever. Source: knowledge-condensation.md §4.2 and §10.
 */
export function score(sum: number, visits: number): number {
  if (visits === 0) return -Infinity;
  const factor = (frequencyFactors[visits] ??= (visits / visitUnit) ** frequencyExponent);
  const value = (sum / visits) * factor;
  return Number.isNaN(value) ? -Infinity : value;
}

export interface Scored {
  /** Σ of the observed values of each point. */
  readonly sums: Float64Array;
  readonly visits: Int32Array;
}

/** All points, most valuable first; of equal ones the later, as numpy's reversed order has them. */
export function ranking({ sums, visits }: Scored, by: ValueName, seed: number): Int32Array {
  const count = sums.length;
  if (by === "random") return Int32Array.from(generator(seed, "condensation/random").permutation(count));
  const scores = Float64Array.from(sums, (sum, i) => score(sum, visits[i]));
  const sign = by === "low-entropy" ? -1 : 1;
  // without visits: last in either direction
  const key = (i: number): number => (scores[i] === -Infinity ? -Infinity : sign * scores[i]);
  const keys = Float64Array.from({ length: count }, (_, i) => key(i));
  return Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(keys[b], keys[a]) || b - a);
}

/** −∞ equals −∞, where a difference is no number. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
