import { type GridCell, groupsOf, seriesOf } from "./grid-cell.ts";
import { meanCurve } from "./mean-curve.ts";

/** How over-fitting shows in a cell, by the rules of section 12.4. */
export interface OverFitting {
  /** R1: its loss, or that of a shorter run of the series, exceeds the lowest loss of the shorter runs. */
  readonly byLength: boolean;
  /** R2: its curve has its minimum in the first 80% of the run and ends above it. Always false without a curve. */
  readonly byCurve: boolean;
  /** R4: from the middle of the run to its end the train-eval loss falls while its gap to the validation loss grows. */
  readonly byGap: boolean;
}

/** What a loss must exceed another one by: twice the spread over mask seeds, 0 where that was not measured. */
export const tolerance = ({ spread }: GridCell): number => (Number.isNaN(spread) ? 0 : 2 * spread);

/** Over-fitted by R1 or R2: the cells that correlations and fits leave out. R4 is shown, but does not flag. */
export const isOverFitted = ({ byLength, byCurve }: OverFitting): boolean => byLength || byCurve;

/** Rules R1, R2 and R4 for every cell. */
export function overFittingOf(cells: readonly GridCell[]): Map<GridCell, OverFitting> {
  const result = new Map<GridCell, OverFitting>();
  for (const series of seriesOf(cells)) {
    let lowest = Infinity;
    let past = false;
    for (const cell of series.cells) {
      past ||= cell.validationLoss > lowest + tolerance(cell);
      lowest = Math.min(lowest, cell.validationLoss);
      result.set(cell, { byLength: past, byCurve: hasTurned(cell), byGap: hasOpened(cell) });
    }
  }
  return result;
}

/** Where a size starts to over-fit a data set. */
export interface Onset {
  readonly size: string;
  readonly data: string;
  /** The shortest flagged length, in updates; null where none is flagged. */
  readonly length: number | null;
  /** The same in epochs over the data. */
  readonly epochs: number | null;
}

/** The onset of every size and data set: its first flagged cell. */
export function onsets(cells: readonly GridCell[], flags: ReadonlyMap<GridCell, OverFitting>): Onset[] {
  return seriesOf(cells).map(({ size, data, cells: series }) => {
    const first = series.find((cell) => isOverFitted(flags.get(cell) ?? none));
    return { size, data, length: first?.length ?? null, epochs: first?.epochs ?? null };
  });
}

const none: OverFitting = { byLength: false, byCurve: false, byGap: false };

/** R3: at one data set and length, a bigger model with a higher loss than a smaller one. */
export interface SizeReversal {
  readonly data: string;
  readonly length: number;
  readonly bigger: string;
  /** The smaller size with the lowest loss. */
  readonly smaller: string;
  /** How much higher the bigger model's loss is. */
  readonly excess: number;
}

/** Every cell whose loss exceeds that of a smaller size at the same data set and length. */
export function sizeReversals(cells: readonly GridCell[]): SizeReversal[] {
  return atSameDataAndLength(cells).flatMap((group) =>
    group.slice(1).flatMap((bigger, i) => {
      const smaller = lowestOf(group.slice(0, i + 1));
      const excess = bigger.validationLoss - smaller.validationLoss;
      const { data, length } = bigger;
      return excess > tolerance(bigger) ? [{ data, length, bigger: bigger.size, smaller: smaller.size, excess }] : [];
    }),
  );
}

/** The size with the lowest loss for each data set and length. */
export const bestSizes = (cells: readonly GridCell[]): GridCell[] => atSameDataAndLength(cells).map(lowestOf);

const lowestOf = (group: readonly GridCell[]) =>
  group.reduce((best, cell) => (cell.validationLoss < best.validationLoss ? cell : best));

const atSameDataAndLength = (cells: readonly GridCell[]) =>
  groupsOf(cells, ({ data, length }) => JSON.stringify([data, length]));

function hasTurned(cell: GridCell): boolean {
  const curve = meanCurve(cell.runs.map(({ validationCurve }) => validationCurve));
  if (curve.length < 3) return false;
  const lowest = curve.reduce((best, point) => (point.loss < best.loss ? point : best));
  const end = curve[curve.length - 1];
  return lowest.step <= 0.8 * end.step && end.loss > lowest.loss + tolerance(cell);
}

function hasOpened(cell: GridCell): boolean {
  const validation = meanCurve(cell.runs.map(({ validationCurve }) => validationCurve));
  const training = meanCurve(cell.runs.map(({ trainEvalCurve }) => trainEvalCurve));
  const both = validation.flatMap(({ step, loss }) => {
    const match = training.find((point) => point.step === step);
    return match === undefined ? [] : [{ step, train: match.loss, gap: loss - match.loss }];
  });
  if (both.length < 3) return false;
  const end = both[both.length - 1];
  const middle = both.find(({ step }) => step >= end.step / 2) ?? end;
  return end.train < middle.train && end.gap > middle.gap + tolerance(cell);
}
