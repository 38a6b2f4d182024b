import { checkPairs } from "./check-pairs.ts";
import { meanAndDeviation } from "./mean-and-deviation.ts";

/**
 * Pearson's r = Σ(x − x̄)(y − ȳ) / √(Σ(x − x̄)² · Σ(y − ȳ)²), in two passes. NaN for fewer than two pairs and where one
 * side is constant. Throws `RangeError` where the sides differ in length or a value is not finite.
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = checkPairs("pearson", x, y);
  const [meanX, meanY] = [meanAndDeviation(x).mean, meanAndDeviation(y).mean];
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    const dx = x[i] - meanX;
    const dy = y[i] - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return n < 2 || xx === 0 || yy === 0 ? NaN : clampUnit(xy / (Math.sqrt(xx) * Math.sqrt(yy)));
}

/** Rounding may carry a perfect correlation past 1. */
const clampUnit = (value: number) => Math.max(-1, Math.min(1, value));
