/**
 * The interpolating cubic spline with not-a-knot ends through values at `places` (ascending, at least 4), as the matrix
 * [targets, places] that takes the values to the spline at `targets`. Outside the places the end's value holds, or with
 * `extrapolate` the end's polynomial goes on.
 */
export function splineMatrix(
  places: readonly number[],
  targets: readonly number[],
  { extrapolate = false }: { readonly extrapolate?: boolean } = {},
): Float64Array[] {
  const n = places.length;
  const bends = secondDerivatives(places);
  return targets.map((target) => {
    const x = extrapolate ? target : Math.min(Math.max(target, places[0]), places[n - 1]);
    let piece = 0;
    while (piece < n - 2 && x > places[piece + 1]) piece++;
    const h = places[piece + 1] - places[piece];
    const [a, b] = [(places[piece + 1] - x) / h, (x - places[piece]) / h];
    const [p, q] = [((a ** 3 - a) * h * h) / 6, ((b ** 3 - b) * h * h) / 6];
    const row = Float64Array.from({ length: n }, (_, j) => p * bends[piece][j] + q * bends[piece + 1][j]);
    row[piece] += a;
    row[piece + 1] += b;
    return row;
  });
}

/** The matrix [n, n] that takes values to the spline's second derivatives at the places. */
function secondDerivatives(places: readonly number[]): Float64Array[] {
  const n = places.length;
  const h = places.slice(1).map((place, i) => place - places[i]);
  const left = Array.from({ length: n }, () => new Float64Array(n));
  const right = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 1; i < n - 1; i++) {
    left[i].set([h[i - 1], 2 * (h[i - 1] + h[i]), h[i]], i - 1);
    right[i].set([6 / h[i - 1], -6 / h[i - 1] - 6 / h[i], 6 / h[i]], i - 1);
  }
  // the third derivative goes on through the second place and the last but one
  left[0].set([h[1], -h[0] - h[1], h[0]], 0);
  left[n - 1].set([h[n - 2], -h[n - 3] - h[n - 2], h[n - 3]], n - 3);
  return solve(left, right);
}

/** X of A X = B by elimination with pivots; both are consumed. */
function solve(a: Float64Array[], b: Float64Array[]): Float64Array[] {
  const n = a.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i][k]) > Math.abs(a[pivot][k])) pivot = i;
    [a[k], a[pivot]] = [a[pivot], a[k]];
    [b[k], b[pivot]] = [b[pivot], b[k]];
    for (let i = 0; i < n; i++) {
      const factor = i === k ? 0 : a[i][k] / a[k][k];
      if (factor === 0) continue;
      for (let j = k; j < n; j++) a[i][j] -= factor * a[k][j];
      for (let j = 0; j < n; j++) b[i][j] -= factor * b[k][j];
    }
  }
  return b.map((row, k) => row.map((value) => value / a[k][k]));
}
