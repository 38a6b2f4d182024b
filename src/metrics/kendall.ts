import { checkPairs } from "./check-pairs.ts";

/**
 * Kendall's τ-b = (C − D) / √((n₀ − n₁)(n₀ − n₂)): C pairs of pairs in the same order, D in opposite order, n₀ = n(n − 1)/2,
 * n₁ and n₂ the pairs tied in x and in y. O(n²), for hundreds of cells. NaN for fewer than two pairs and where one side is
 * constant. Throws `RangeError` where the sides differ in length or a value is not finite.
 */
export function kendall(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = checkPairs("kendall", x, y);
  let agreement = 0;
  let apartX = 0;
  let apartY = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const dx = Math.sign(x[i] - x[j]);
      const dy = Math.sign(y[i] - y[j]);
      agreement += dx * dy;
      apartX += dx * dx;
      apartY += dy * dy;
    }
  }
  return apartX === 0 || apartY === 0 ? NaN : agreement / Math.sqrt(apartX * apartY);
}
