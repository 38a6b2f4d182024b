import { normalQuantile } from "../random/normal-distribution.ts";
import { bootstrap, type BootstrapOptions, type Interval } from "./bootstrap.ts";
import { checkPairs } from "./check-pairs.ts";
import { meanAndDeviation, type MeanAndDeviation } from "./mean-and-deviation.ts";

/** Mean and deviation of b − a over the pairs, and how sure the mean is. */
export interface PairedDifference extends MeanAndDeviation {
  /** Bootstrap interval of the mean over the pairs; NaN below two pairs. */
  readonly interval: Interval;
  /** Pairs in which b is larger, smaller, equal. */
  readonly larger: number;
  readonly smaller: number;
  readonly equal: number;
  /** Pairs that would show a true effect of this size, see `pairsNeeded`. */
  readonly pairsNeeded: number;
}

/**
 * The difference b − a of two arms whose runs are paired (same seed, same order of data). Throws `RangeError` where the
 * arms differ in length or a value is not finite.
 */
export function pairedDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: BootstrapOptions = {},
): PairedDifference {
  checkPairs("pairedDifference", a, b);
  const differences = Array.from(a, (value, i) => b[i] - value);
  const summary = meanAndDeviation(differences);
  const meanOf = (indices: Uint32Array) => indices.reduce((sum, i) => sum + differences[i], 0) / indices.length;
  const signs = (sign: number) => differences.filter((value) => Math.sign(value) === sign).length;
  return {
    ...summary,
    interval: bootstrap(differences.length, meanOf, options),
    larger: signs(1),
    smaller: signs(-1),
    equal: signs(0),
    pairsNeeded: pairsNeeded(summary),
  };
}

/**
 * Pairs (seeds) with which a two-sided paired test at level α finds a true mean difference d of deviation s with the given
 * power: ⌈((z₁₋α⸝₂ + z_power)·s/d)² + z₁₋α⸝₂²/2⌉, the normal formula with Guenther's correction for the t test; at most
 * one too few, and only for effects of 2 s and more. Infinity for no effect, NaN where s is unknown; at least 2.
 *
 * Source: Guenther, The American Statistician 35 (1981), 243-244.
 */
export function pairsNeeded(
  { mean, deviation }: Pick<MeanAndDeviation, "mean" | "deviation">,
  { level = 0.05, power = 0.8 }: { level?: number; power?: number } = {},
): number {
  if (Number.isNaN(mean) || Number.isNaN(deviation)) return NaN;
  if (mean === 0) return Infinity;
  const critical = normalQuantile(1 - level / 2);
  const pairs = (((critical + normalQuantile(power)) * deviation) / mean) ** 2 + critical ** 2 / 2;
  return Math.max(2, Math.ceil(pairs));
}
