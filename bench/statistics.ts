/** Median with its range; `count` values went in. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** Middle value, or the mean of the two middle ones. Throws RangeError for no values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("median of no values");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, smallest and largest of `values`; undefined for no values. */
export function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), count: values.length };
}

/**
 * Ratio of the medians of two contestants, round by round: only what ran in the same minutes is compared, so drift of
 * the machine (25% within an hour, design/engine.md) cancels. A round in which either has no time is left out.
 */
export function roundRatios(
  subject: ReadonlyArray<readonly number[]>,
  other: ReadonlyArray<readonly number[]>,
): number[] {
  const ratios: number[] = [];
  for (let round = 0; round < Math.min(subject.length, other.length); round++) {
    const ours = subject[round];
    const theirs = other[round];
    if (ours.length > 0 && theirs.length > 0) ratios.push(median(ours) / median(theirs));
  }
  return ratios;
}
