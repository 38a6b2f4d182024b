import { generator } from "../random/generator.ts";
import { normalCdf, normalQuantile } from "../random/normal-distribution.ts";
import { meanAndDeviation } from "./mean-and-deviation.ts";

/** An estimate and where it may lie. */
export interface Interval {
  /** The statistic of the sample itself. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Probability that the interval is meant to cover. */
  readonly confidence: number;
  /** Deviation of the statistic over the resamples. */
  readonly standardError: number;
}

export interface BootstrapOptions {
  /** Default 2000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Same seed, same interval. Default 0. */
  readonly seed?: number;
  /**
   * `percentile`: quantiles of the resamples. `bca`: the same corrected for bias and skew (jackknife acceleration); better for
   * correlations, costs n more evaluations and needs n ≥ 3. Default `bca`.
   */
  readonly method?: "percentile" | "bca";
}

/**
 * Bootstrap interval of a statistic of n observations: `statistic` gets indices (with repetition) and returns the number.
 * Resamples where it is NaN (all drawn alike) are left out. Low and high are NaN where fewer than two observations or
 * fewer than half of the resamples have a value. Few observations (below about 10) make it too narrow.
 *
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 14.
 */
export function bootstrap(
  n: number,
  statistic: (indices: Uint32Array) => number,
  { resamples = 2000, confidence = 0.95, seed = 0, method = "bca" }: BootstrapOptions = {},
): Interval {
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`bootstrap: confidence ${confidence} is not in (0, 1)`);
  const value = statistic(allIndices(n));
  const draws = n < 2 ? [] : resampled(n, statistic, resamples, seed);
  if (draws.length < resamples / 2 || draws.length < 2) {
    return { value, low: NaN, high: NaN, confidence, standardError: NaN };
  }
  const tail = (1 - confidence) / 2;
  const shift = method === "bca" ? correction(n, statistic, value, draws) : undefined;
  const at = (p: number) => quantile(draws, shift === undefined ? p : shift(p));
  const { deviation } = meanAndDeviation(draws);
  return { value, low: at(tail), high: at(1 - tail), confidence, standardError: deviation };
}

/** Linear interpolation between order statistics (Hyndman and Fan's type 7); `sorted` ascending, p in [0, 1]. */
function quantile(sorted: readonly number[], p: number): number {
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

const allIndices = (n: number) => Uint32Array.from({ length: n }, (_, i) => i);

/** The statistic of each resample, ascending. */
function resampled(n: number, statistic: (indices: Uint32Array) => number, resamples: number, seed: number): number[] {
  const random = generator(seed, "bootstrap");
  const indices = new Uint32Array(n);
  const draws: number[] = [];
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < n; i++) indices[i] = random.integer(n);
    const draw = statistic(indices);
    if (Number.isFinite(draw)) draws.push(draw);
  }
  return draws.sort((a, b) => a - b);
}

/**
 * BCa's change of level: p → Φ(z₀ + (z₀ + z_p) / (1 − a(z₀ + z_p))), z₀ from the share of draws below the estimate, a from
 * the skew of the leave-one-out values. Undefined (percentile) where either has no value.
 */
function correction(
  n: number,
  statistic: (indices: Uint32Array) => number,
  value: number,
  draws: readonly number[],
): ((p: number) => number) | undefined {
  // half of the ties count as below, so that a discrete statistic has no bias of its own
  const below = draws.reduce((sum, draw) => sum + (draw < value ? 1 : draw === value ? 0.5 : 0), 0) / draws.length;
  const left = n < 3 ? [] : Array.from({ length: n }, (_, k) => statistic(allIndices(n).filter((i) => i !== k)));
  if (below <= 0 || below >= 1 || left.length === 0 || !left.every(Number.isFinite)) return undefined;
  const { mean } = meanAndDeviation(left);
  const squares = left.reduce((sum, v) => sum + (mean - v) ** 2, 0);
  const cubes = left.reduce((sum, v) => sum + (mean - v) ** 3, 0);
  const acceleration = cubes / (6 * squares ** 1.5);
  if (!Number.isFinite(acceleration)) return undefined;
  const bias = normalQuantile(below);
  return (p) => {
    const z = bias + normalQuantile(p);
    return normalCdf(bias + z / (1 - acceleration * z));
  };
}
