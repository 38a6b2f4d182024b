import { exponentialMean } from "../metrics/exponential-mean.ts";

/** A piece of a curve: the smoothed value at its last step and the range of the raw values. NaN where there are none. */
export interface CurvePoint {
  readonly step: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The exponential mean on all points, then at most `maxPoints` pieces of equally many points. A piece's range takes in
 * the raw value before it, so that bands of neighbours touch. `points` are [step, value], sorted by step here.
 */
export function thinCurve(
  points: readonly (readonly [step: number, value: number])[],
  { smoothing = 0, maxPoints = 400 }: { smoothing?: number; maxPoints?: number } = {},
): CurvePoint[] {
  const sorted = points.toSorted(([a], [b]) => a - b);
  const smooth = exponentialMean(
    sorted.map(([, value]) => value),
    smoothing,
  );
  const pieces = Math.min(sorted.length, maxPoints);
  return Array.from({ length: pieces }, (_, piece) => {
    const start = Math.floor((piece * sorted.length) / pieces);
    const end = Math.floor(((piece + 1) * sorted.length) / pieces);
    const overlap = sorted.length > pieces ? 1 : 0;
    const raw = sorted.slice(Math.max(0, start - overlap), end).map(([, value]) => value);
    const finite = raw.filter(Number.isFinite);
    const [low, high] = finite.length === 0 ? [NaN, NaN] : [Math.min(...finite), Math.max(...finite)];
    return { step: sorted[end - 1][0], mean: lastFinite(smooth, start, end), low, high };
  });
}

function lastFinite(values: Float64Array, start: number, end: number): number {
  for (let i = end - 1; i >= start; i--) if (Number.isFinite(values[i])) return values[i];
  return NaN;
}
