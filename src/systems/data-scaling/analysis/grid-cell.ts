import { meanAndDeviation } from "../../../metrics/mean-and-deviation.ts";
import type { StudyCell, StudyTable } from "../study-table.ts";

/** A cell of the grid: size, data and length, with the means over its seeds. What was not measured is NaN. */
export interface GridCell {
  readonly size: string;
  readonly data: string;
  readonly images: number;
  /** Updates. */
  readonly length: number;
  readonly validationLoss: number;
  /** Fine-tuned top-1, percent. */
  readonly score: number;
  readonly trainEvalLoss: number;
  /** Deviation of the validation loss over mask seeds: what a difference must exceed to mean something. */
  readonly spread: number;
  readonly parameters: number;
  readonly epochs: number;
  readonly flops: number;
  readonly seconds: number;
  /** The runs behind it, one for each seed. */
  readonly runs: readonly StudyCell[];
}

/** Cells of the table with equal size, data and length become one; the order is that of sizes, data sets and lengths. */
export function gridCells({ cells, sizes, data, lengths }: StudyTable): GridCell[] {
  return sizes.flatMap((size) =>
    data.flatMap((name) =>
      lengths.flatMap((length) => {
        const runs = cells.filter((cell) => cell.size === size && cell.data === name && cell.length === length);
        return runs.length === 0 ? [] : [merged(runs)];
      }),
    ),
  );
}

function merged(runs: readonly StudyCell[]): GridCell {
  const [{ size, data, images, length, parameters, epochs, flops }] = runs;
  return {
    ...{ size, data, images, length, parameters, epochs, flops, runs },
    validationLoss: meanOf(runs.map(({ validationLoss }) => validationLoss)),
    score: meanOf(runs.map(({ score }) => score)),
    trainEvalLoss: meanOf(runs.map(({ trainEvalLoss }) => trainEvalLoss)),
    spread: meanOf(runs.map(({ validationSpread }) => validationSpread)),
    seconds: meanOf(runs.map(({ seconds }) => seconds)),
  };
}

/** NaN where a seed lacks the value: a mean over some seeds would not compare. */
const meanOf = (values: readonly (number | null)[]) => meanAndDeviation(values.map((value) => value ?? NaN)).mean;

/** A series of the study: one size on one data set, its lengths ascending. */
export interface GridSeries {
  readonly size: string;
  readonly data: string;
  readonly cells: readonly GridCell[];
}

/** The series of `cells`, in their order. */
export const seriesOf = (cells: readonly GridCell[]): GridSeries[] =>
  groupsOf(cells, ({ size, data }) => JSON.stringify([size, data])).map((group) => ({
    size: group[0].size,
    data: group[0].data,
    cells: group.toSorted((a, b) => a.length - b.length),
  }));

/** Cells with the same key together, in the order of their first. */
export function groupsOf(cells: readonly GridCell[], key: (cell: GridCell) => string | number): GridCell[][] {
  const groups = new Map<string | number, GridCell[]>();
  for (const cell of cells) groups.set(key(cell), [...(groups.get(key(cell)) ?? []), cell]);
  return [...groups.values()];
}

/** How many sizes, and how many lengths, are among `cells`. */
export const sizesOf = (cells: readonly GridCell[]): number => new Set(cells.map(({ size }) => size)).size;
export const lengthsOf = (cells: readonly GridCell[]): number => new Set(cells.map(({ length }) => length)).size;
