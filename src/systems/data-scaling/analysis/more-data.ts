import type { GridCell } from "./grid-cell.ts";

/** What a step to the next larger data set changed at one size and length: larger minus smaller. */
export interface DataStep {
  readonly from: string;
  readonly to: string;
  readonly pairs: readonly {
    readonly size: string;
    readonly length: number;
    readonly loss: number;
    /** NaN where either was not fine-tuned. */
    readonly score: number;
  }[];
}

/** Every step between neighbours in `data` (small to large) with the pairs of cells that both have. */
export function dataSteps(cells: readonly GridCell[], data: readonly string[]): DataStep[] {
  const steps = data.slice(1).map((to, i) => {
    const from = data[i];
    const pairs = cells
      .filter((cell) => cell.data === to)
      .flatMap((larger) => {
        const { size, length } = larger;
        const smaller = cells.find((cell) => cell.data === from && cell.size === size && cell.length === length);
        if (smaller === undefined) return [];
        const loss = larger.validationLoss - smaller.validationLoss;
        return [{ size, length, loss, score: larger.score - smaller.score }];
      });
    return { from, to, pairs };
  });
  return steps.filter(({ pairs }) => pairs.length > 0);
}
