import { bootstrap, type BootstrapOptions, type Interval } from "../../../metrics/bootstrap.ts";
import { leastSquares } from "../../../metrics/least-squares.ts";
import { type GridCell, groupsOf } from "./grid-cell.ts";
import { fitPowerLaw, powerLawLoss, type PowerLaw, refinePowerLaw, type ScalingPoint } from "./power-law.ts";

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
}

/** L = E + A·N^−p + B·T^−q over cells of one data set. */
export interface PowerFit {
  readonly data: string;
  readonly cells: number;
  readonly law: PowerLaw;
  /** Largest |L − L̂|. */
  readonly worst: number;
  /** Range of E over the starts whose sum of squares is within 1% of the best. */
  readonly spreadOfE: readonly [low: number, high: number];
  readonly E: Interval;
  readonly p: Interval;
  readonly q: Interval;
}

/** What the fit over all lengths says of the largest size when it has not seen it. */
export interface Extrapolation {
  readonly data: string;
  readonly size: string;
  readonly points: readonly { readonly length: number; readonly predicted: number; readonly measured: number }[];
}

export interface ScalingFits {
  readonly atLength: readonly LogFit[];
  readonly overLengths: readonly LogFit[];
  readonly power: readonly PowerFit[];
  readonly extrapolations: readonly Extrapolation[];
}

/** The fits of section 12.5 for each data set that has enough of the cells given, which should not be over-fitted ones. */
export function scalingFits(cells: readonly GridCell[], options: BootstrapOptions = {}): ScalingFits {
  const byData = groupsOf(cells, ({ data }) => data);
  const rich = byData.filter((group) => sizesOf(group) >= 3 && lengthsOf(group) >= 2);
  return {
    atLength: byData
      .flatMap((group) => groupsOf(group, ({ length }) => length))
      .filter((group) => sizesOf(group) >= 3)
      .map((group) => logFit(group, options)),
    overLengths: rich.map((group) => logFit(group, options)),
    power: rich.filter((group) => lengthsOf(group) >= 3 && group.length >= 8).map((group) => powerFit(group, options)),
    extrapolations: rich.filter((group) => sizesOf(group) >= 4).map(extrapolation),
  };
}

/** The loss that a log fit predicts for N million parameters and T thousand updates. */
export const logFitLoss = (fit: LogFit, { parameters, length }: Omit<ScalingPoint, "loss">): number =>
  Math.exp(fit.intercept + fit.size.value * Math.log(parameters) + (fit.time?.value ?? 0) * Math.log(length));

const sizesOf = (cells: readonly GridCell[]) => new Set(cells.map(({ size }) => size)).size;
const lengthsOf = (cells: readonly GridCell[]) => new Set(cells.map(({ length }) => length)).size;

const pointOf = ({ parameters, length, validationLoss }: GridCell): ScalingPoint => ({
  parameters: parameters / 1e6,
  length: length / 1e3,
  loss: validationLoss,
});

function logFit(cells: readonly GridCell[], options: BootstrapOptions): LogFit {
  const points = cells.map(pointOf);
  const single = lengthsOf(cells) === 1;
  const fitOf = (some: readonly ScalingPoint[]) =>
    leastSquares(
      [some.map((d) => Math.log(d.parameters)), ...(single ? [] : [some.map((d) => Math.log(d.length))])],
      some.map(({ loss }) => Math.log(loss)),
    );
  const slope = (k: number) =>
    bootstrap(points.length, (indices) => fitOf(Array.from(indices, (i) => points[i])).slopes[k], {
      ...options,
      method: "percentile", // five cells leave the jackknife with nothing to say
    });
  const { intercept, r2 } = fitOf(points);
  return {
    data: cells[0].data,
    length: single ? cells[0].length : null,
    cells: cells.length,
    size: slope(0),
    time: single ? null : slope(1),
    intercept,
    r2,
  };
}

/** Resamples that the power law is fitted to again: each is a search, so fewer than elsewhere. */
const mostPowerResamples = 200;

function powerFit(cells: readonly GridCell[], options: BootstrapOptions): PowerFit {
  const points = cells.map(pointOf);
  const solutions = fitPowerLaw(points);
  const [law] = solutions;
  const close = solutions.filter(({ squares }) => squares <= 1.01 * law.squares).map(({ E }) => E);
  const again = new Map<string, PowerLaw>();
  const over = (name: "E" | "p" | "q") =>
    bootstrap(
      points.length,
      (indices) => {
        const key = indices.join();
        const known =
          again.get(key) ??
          refitted(
            Array.from(indices, (i) => points[i]),
            law,
          );
        again.set(key, known);
        return known[name];
      },
      {
        ...options,
        resamples: Math.min(options.resamples ?? mostPowerResamples, mostPowerResamples),
        method: "percentile",
      },
    );
  return {
    data: cells[0].data,
    cells: cells.length,
    law,
    worst: Math.max(...points.map((point) => Math.abs(point.loss - powerLawLoss(law, point)))),
    spreadOfE: [Math.min(...close), Math.max(...close)],
    E: over("E"),
    p: over("p"),
    q: over("q"),
  };
}

/** From the law of all cells; resamples of fewer than three sizes or lengths determine nothing. */
function refitted(points: readonly ScalingPoint[], { E, A, p, B, q }: PowerLaw): PowerLaw {
  const enough = (values: readonly number[]) => new Set(values).size >= 3;
  if (!enough(points.map((d) => d.parameters)) || !enough(points.map((d) => d.length))) {
    return { E: NaN, A: NaN, p: NaN, B: NaN, q: NaN, squares: NaN };
  }
  return refinePowerLaw(points, [E, A, p, B, q], 60);
}

function extrapolation(cells: readonly GridCell[]): Extrapolation {
  const largest = cells.reduce((most, cell) => (cell.parameters > most.parameters ? cell : most));
  const fit = logFit(
    cells.filter(({ size }) => size !== largest.size),
    { resamples: 2 },
  );
  const unseen = cells.filter(({ size }) => size === largest.size);
  return {
    data: largest.data,
    size: largest.size,
    points: unseen.map((cell) => ({
      length: cell.length,
      predicted: logFitLoss(fit, pointOf(cell)),
      measured: cell.validationLoss,
    })),
  };
}
