import { bootstrap, type BootstrapOptions, type Interval } from "../../../metrics/bootstrap.ts";
import { kendall } from "../../../metrics/kendall.ts";
import { leastSquares } from "../../../metrics/least-squares.ts";
import { pearson } from "../../../metrics/pearson.ts";
import { spearman } from "../../../metrics/spearman.ts";
import { type GridCell, groupsOf, seriesOf } from "./grid-cell.ts";

/** How well the validation loss tells the fine-tuned score in a group of cells: −1 is perfect, 0 nothing, +1 misleads. */
export interface Indicator {
  /** `all`, `S`, `1K 10%`, `125000` … */
  readonly group: string;
  readonly cells: number;
  readonly pearson: Interval;
  readonly spearman: Interval;
  /** τ-b */
  readonly kendall: Interval;
  /** score ≈ intercept + slope · loss; rmse in points of score. */
  readonly line: { readonly slope: number; readonly intercept: number; readonly rmse: number };
}

/** The indicator over one group of cells; intervals by bootstrap over cells. */
export function indicator(group: string, cells: readonly GridCell[], options: BootstrapOptions = {}): Indicator {
  const scored = cells.filter(({ score }) => !Number.isNaN(score));
  const loss = Float64Array.from(scored, ({ validationLoss }) => validationLoss);
  const score = Float64Array.from(scored, (cell) => cell.score);
  const over = (measure: (x: Float64Array, y: Float64Array) => number) =>
    bootstrap(scored.length, (indices) => measure(pick(loss, indices), pick(score, indices)), options);
  const fit = leastSquares([loss], score);
  return {
    group,
    cells: scored.length,
    pearson: over(pearson),
    spearman: over(spearman),
    kendall: over(kendall),
    line: { slope: fit.slopes[0], intercept: fit.intercept, rmse: fit.rmse },
  };
}

const pick = (values: Float64Array, indices: Uint32Array) => Float64Array.from(indices, (i) => values[i]);

/** What groups of cells share. */
export type GroupBy = "size" | "data" | "length";

/** The indicator within each size, data set or length. */
export const indicatorsBy = (by: GroupBy, cells: readonly GridCell[], options: BootstrapOptions = {}): Indicator[] =>
  groupsOf(cells, (cell) => cell[by]).map((group) => indicator(String(group[0][by]), group, options));

/** Does 'the loss fell' coincide with 'the score rose' from one length to the next? Pairs of neighbours in length. */
export interface SignAgreement {
  readonly pairs: number;
  /** Loss fell and score rose, or loss rose and score fell. */
  readonly agree: number;
  readonly falls: { readonly pairs: number; readonly scoreRose: number };
  readonly rises: { readonly pairs: number; readonly scoreFell: number };
}

/** Sign agreement over all series; a pair in which either stands still counts as a pair that does not agree. */
export function signAgreement(cells: readonly GridCell[]): SignAgreement {
  const scored = cells.filter(({ score }) => !Number.isNaN(score));
  const changes = seriesOf(scored).flatMap(({ cells: series }) =>
    series.slice(1).map((cell, i) => ({
      loss: cell.validationLoss - series[i].validationLoss,
      score: cell.score - series[i].score,
    })),
  );
  const falls = changes.filter(({ loss }) => loss < 0);
  const rises = changes.filter(({ loss }) => loss > 0);
  const scoreRose = falls.filter(({ score }) => score > 0).length;
  const scoreFell = rises.filter(({ score }) => score < 0).length;
  return {
    pairs: changes.length,
    agree: scoreRose + scoreFell,
    falls: { pairs: falls.length, scoreRose },
    rises: { pairs: rises.length, scoreFell },
  };
}
