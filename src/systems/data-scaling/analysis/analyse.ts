import type { BootstrapOptions } from "../../../metrics/bootstrap.ts";
import type { StudyTable } from "../study-table.ts";
import { type StoppingPoint, stoppingPoints } from "./early-stopping.ts";
import { type Frontier, frontier } from "./frontier.ts";
import { type GridCell, gridCells } from "./grid-cell.ts";
import { type Indicator, indicator, indicatorsBy, type SignAgreement, signAgreement } from "./indicator.ts";
import { type DataStep, dataSteps } from "./more-data.ts";
import {
  bestSizes,
  isOverFitted,
  type Onset,
  onsets,
  type OverFitting,
  overFittingOf,
  type SizeReversal,
  sizeReversals,
} from "./over-fitting.ts";
import { type ScalingFits, scalingFits } from "./scaling-fits.ts";
import { longest, longestBeforeOnset, lowestLoss, type Selection, selection, type SelectionRule } from "./selection.ts";

/** Everything that the analysis finds in a study. */
export interface StudyAnalysis {
  readonly table: StudyTable;
  /** Means over seeds. */
  readonly cells: readonly GridCell[];
  readonly flags: ReadonlyMap<GridCell, OverFitting>;
  readonly overFitted: readonly GridCell[];
  readonly onsets: readonly Onset[];
  readonly reversals: readonly SizeReversal[];
  readonly bestSizes: readonly GridCell[];
  readonly indicators: {
    readonly all: Indicator;
    /** Without over-fitted cells. */
    readonly sound: Indicator;
    readonly bySize: readonly Indicator[];
    readonly byData: readonly Indicator[];
    readonly byLength: readonly Indicator[];
    readonly soundBySize: readonly Indicator[];
    readonly soundByData: readonly Indicator[];
    readonly soundByLength: readonly Indicator[];
  };
  readonly signs: SignAgreement;
  /** Choosing the length of each size and data set; lowest loss first. */
  readonly lengthChoices: readonly Selection[];
  /** Choosing one cell of each size. */
  readonly sizeChoices: readonly Selection[];
  /** Choosing one cell of each data set. */
  readonly dataChoices: readonly Selection[];
  /** Choosing one cell of all. */
  readonly overall: readonly Selection[];
  readonly dataSteps: readonly DataStep[];
  readonly fits: ScalingFits;
  readonly frontier: Frontier;
  readonly stopping: readonly StoppingPoint[];
}

/** The analysis of section 5 and 12: pure, and the same for the same table and bootstrap seed. */
export function analyse(table: StudyTable, options: BootstrapOptions = { resamples: 1000 }): StudyAnalysis {
  const cells = gridCells(table);
  const flags = overFittingOf(cells);
  const isFlagged = (cell: GridCell) => {
    const rules = flags.get(cell);
    return rules !== undefined && isOverFitted(rules);
  };
  const sound = cells.filter((cell) => !isFlagged(cell));
  const choose = (by: (cell: GridCell) => string, rules: readonly SelectionRule[] = [lowestLoss]) =>
    rules.map((rule) => selection(rule, cells, by, isFlagged));
  return {
    table,
    cells,
    flags,
    overFitted: cells.filter(isFlagged),
    onsets: onsets(cells, flags),
    reversals: sizeReversals(cells),
    bestSizes: bestSizes(cells),
    indicators: {
      all: indicator("all", cells, options),
      sound: indicator("all", sound, options),
      bySize: indicatorsBy("size", cells, options),
      byData: indicatorsBy("data", cells, options),
      byLength: indicatorsBy("length", cells, options),
      soundBySize: indicatorsBy("size", sound, options),
      soundByData: indicatorsBy("data", sound, options),
      soundByLength: indicatorsBy("length", sound, options),
    },
    signs: signAgreement(cells),
    lengthChoices: choose(({ size, data }) => JSON.stringify([size, data]), [lowestLoss, longest, longestBeforeOnset]),
    sizeChoices: choose(({ size }) => size),
    dataChoices: choose(({ data }) => data),
    overall: choose(() => "all"),
    dataSteps: dataSteps(cells, table.data),
    fits: scalingFits(sound, options),
    frontier: frontier(cells),
    stopping: stoppingPoints(table.cells),
  };
}
