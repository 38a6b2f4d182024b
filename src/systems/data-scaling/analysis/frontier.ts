import type { GridCell } from "./grid-cell.ts";

/** The cells that no cheaper or equally cheap one equals: ascending in FLOPs, and each better than all before. */
export interface Frontier {
  readonly byLoss: readonly GridCell[];
  /** Empty where nothing was fine-tuned. */
  readonly byScore: readonly GridCell[];
}

/** The compute-optimal frontier by validation loss (low is good) and by score (high is good). */
export const frontier = (cells: readonly GridCell[]): Frontier => ({
  byLoss: undominated(cells, ({ validationLoss }) => validationLoss),
  byScore: undominated(
    cells.filter(({ score }) => !Number.isNaN(score)),
    ({ score }) => -score,
  ),
});

function undominated(cells: readonly GridCell[], badness: (cell: GridCell) => number): GridCell[] {
  const kept: GridCell[] = [];
  for (const cell of cells.toSorted((a, b) => a.flops - b.flops || badness(a) - badness(b))) {
    if (kept.every((better) => badness(cell) < badness(better))) kept.push(cell);
  }
  return kept;
}
