/** Mean and spread of a few measurements, one per seed. */
export interface MeanAndDeviation {
  readonly mean: number;
  /** √(Σ(x − mean)² / (n − 1)), the sample's standard deviation; NaN for fewer than two values. */
  readonly deviation: number;
  readonly count: number;
}

/** Mean and sample standard deviation, in two passes, so that a large common offset costs no digits. */
export function meanAndDeviation(values: ArrayLike<number>): MeanAndDeviation {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const squares = all.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = all.length < 2 ? NaN : Math.sqrt(squares / (all.length - 1));
  return { mean, deviation, count: all.length };
}
