import { bootstrap, type BootstrapOptions, type Interval } from "../../../metrics/bootstrap.ts";
import type { GridCell } from "./grid-cell.ts";
import { pointOf } from "./log-fit.ts";
import { fitPowerLaw, powerLawLoss, type PowerLaw, refinePowerLaw, type ScalingPoint } from "./power-law.ts";
import { remembered } from "./remembered.ts";

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

/** Each resample is a search of its own, so there are fewer than elsewhere. */
const mostResamples = 100;

/** The power law over at least 6 cells of one data set, with rough intervals by bootstrap over cells. */
export function powerFit(cells: readonly GridCell[], options: BootstrapOptions = {}): PowerFit {
  const points = cells.map(pointOf);
  const solutions = fitPowerLaw(points);
  const [law] = solutions;
  const close = solutions.filter(({ squares }) => squares <= 1.01 * law.squares).map(({ E }) => E);
  const all = Uint32Array.from(points, (_, i) => i).join();
  const refit = remembered((indices) =>
    indices.join() === all
      ? law
      : refitted(
          Array.from(indices, (i) => points[i]),
          law,
        ),
  );
  const resamples = Math.min(options.resamples ?? mostResamples, mostResamples);
  const over = (name: "E" | "p" | "q") =>
    bootstrap(points.length, (indices) => refit(indices)[name], { ...options, resamples, method: "percentile" });
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
