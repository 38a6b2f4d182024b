import { bootstrap, type BootstrapOptions, type Interval } from "../../../metrics/bootstrap.ts";
import { leastSquares } from "../../../metrics/least-squares.ts";
import { type GridCell, lengthsOf } from "./grid-cell.ts";
import type { ScalingPoint } from "./power-law.ts";
import { remembered } from "./remembered.ts";

/**
 * ln L = a + b·ln N + c·ln T over cells of one data set, N in millions of parameters, T in thousands of updates. At one
 * length there is no c. Intervals by bootstrap over cells; with five cells they are rough.
 */
export interface LogFit {
  readonly data: string;
  /** null: over all lengths. */
  readonly length: number | null;
  readonly cells: number;
  readonly size: Interval;
  readonly time: Interval | null;
  readonly intercept: number;
  readonly r2: number;
  /** The fitted loss from the smallest size to three times the largest, with its interval; empty over all lengths. */
  readonly band: readonly BandPoint[];
}

/** N in millions of parameters. */
export interface BandPoint {
  readonly parameters: number;
  readonly loss: number;
  readonly low: number;
  readonly high: number;
}

/** A cell as a point of a fit. */
export const pointOf = ({ parameters, length, validationLoss }: GridCell): ScalingPoint => ({
  parameters: parameters / 1e6,
  length: length / 1e3,
  loss: validationLoss,
});

/** The fit over cells of one data set, with c where they differ in length. */
export function logFit(cells: readonly GridCell[], options: BootstrapOptions = {}): LogFit {
  const points = cells.map(pointOf);
  const single = lengthsOf(cells) === 1;
  const fitOf = remembered((indices) => {
    const some = Array.from(indices, (i) => points[i]);
    const sizes = some.map((d) => Math.log(d.parameters));
    const columns = single ? [sizes] : [sizes, some.map((d) => Math.log(d.length))];
    return leastSquares(
      columns,
      some.map(({ loss }) => Math.log(loss)),
    );
  });
  const { intercept, r2 } = fitOf(Uint32Array.from(points, (_, i) => i));
  const over = (statistic: (fit: ReturnType<typeof fitOf>) => number) =>
    // percentile: five cells leave the jackknife with nothing to say
    bootstrap(points.length, (indices) => statistic(fitOf(indices)), { ...options, method: "percentile" });
  return {
    data: cells[0].data,
    length: single ? cells[0].length : null,
    cells: cells.length,
    size: over(({ slopes }) => slopes[0]),
    time: single ? null : over(({ slopes }) => slopes[1]),
    intercept,
    r2,
    band: single
      ? bandOver(points).map((x) => {
          const { value, low, high } = over((fit) => Math.exp(fit.intercept + fit.slopes[0] * x));
          return { parameters: Math.exp(x), loss: value, low, high };
        })
      : [],
  };
}

/** The loss that a log fit predicts for N million parameters and T thousand updates. */
export const logFitLoss = (fit: LogFit, { parameters, length }: Omit<ScalingPoint, "loss">): number =>
  Math.exp(fit.intercept + fit.size.value * Math.log(parameters) + (fit.time?.value ?? 0) * Math.log(length));

/** Twelve values of ln N. */
function bandOver(points: readonly ScalingPoint[]): number[] {
  const sizes = points.map((d) => Math.log(d.parameters));
  const [from, to] = [Math.min(...sizes), Math.max(...sizes) + Math.log(3)];
  return Array.from({ length: 12 }, (_, i) => from + ((to - from) * i) / 11);
}
