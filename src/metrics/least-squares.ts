import { meanAndDeviation } from "./mean-and-deviation.ts";

/** A linear model fitted by least squares. */
export interface LinearFit {
  /** One for each column, in order; then the intercept. */
  readonly slopes: readonly number[];
  readonly intercept: number;
  /** 1 − Σ(y − ŷ)² / Σ(y − ȳ)². */
  readonly r2: number;
  /** √(Σ(y − ŷ)² / n): the mean error of the fit, not corrected for its freedom. */
  readonly rmse: number;
}

/**
 * y ≈ intercept + Σ slope_k · x_k for k columns of n values, by Gram-Schmidt on centred columns, each
 * orthogonalised twice. NaN where a column is constant or depends on the others, and where n < k + 1. Throws `RangeError` where the columns differ in length.
 */
export function leastSquares(columns: readonly ArrayLike<number>[], y: ArrayLike<number>): LinearFit {
  const odd = columns.findIndex((column) => column.length !== y.length);
  if (odd >= 0) throw new RangeError(`leastSquares: column ${odd} has ${columns[odd].length} values for ${y.length}`);
  const n = y.length;
  const means = columns.map(meanOf);
  const target = centred(y);
  const slopes = solve(columns.map(centred), target);
  const intercept = meanOf(y) - slopes.reduce((sum, slope, k) => sum + slope * means[k], 0);
  let [residual, total] = [0, 0];
  for (let i = 0; i < n; i++) {
    const predicted = slopes.reduce((sum, slope, k) => sum + slope * columns[k][i], intercept);
    residual += (y[i] - predicted) ** 2;
    total += target[i] ** 2;
  }
  return { slopes, intercept, r2: 1 - residual / total, rmse: Math.sqrt(residual / n) };
}

/** Slopes of A·s ≈ b by A = QR. */
function solve(columns: readonly Float64Array[], b: Float64Array): number[] {
  const k = columns.length;
  const q: Float64Array[] = [];
  const r = columns.map(() => new Float64Array(k));
  for (let j = 0; j < k; j++) {
    const column = columns[j].slice();
    const size = norm(column);
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < j; i++) {
        const share = dot(q[i], column);
        r[i][j] += share;
        for (let row = 0; row < column.length; row++) column[row] -= share * q[i][row];
      }
    }
    r[j][j] = norm(column) > 1e-12 * size ? norm(column) : NaN;
    q.push(column.map((value) => value / r[j][j]));
  }
  const slopes = new Array<number>(k).fill(NaN);
  for (let j = k - 1; j >= 0; j--) {
    const known = slopes.slice(j + 1).reduce((sum, slope, i) => sum + slope * r[j][j + 1 + i], 0);
    slopes[j] = (dot(q[j], b) - known) / r[j][j];
  }
  return slopes;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const norm = (a: Float64Array) => Math.sqrt(dot(a, a));

const meanOf = (values: ArrayLike<number>) => meanAndDeviation(values).mean;

function centred(values: ArrayLike<number>): Float64Array {
  const mean = meanOf(values);
  return Float64Array.from(values, (value) => value - mean);
}
