import { type GridCell, groupsOf } from "./grid-cell.ts";

/** A way to pick one cell of a group without knowing its score. */
export interface SelectionRule {
  readonly name: string;
  pick(group: readonly GridCell[], overFitted: (cell: GridCell) => boolean): GridCell;
}

/** What was kept of a group, what would have been best, and what the choice cost. */
export interface Choice {
  readonly kept: GridCell;
  readonly best: GridCell;
  /** Score of the best cell minus score of the kept one, points. */
  readonly regret: number;
}

/** A rule over all groups of a kind. */
export interface Selection {
  readonly rule: string;
  readonly choices: readonly Choice[];
  readonly mean: number;
  readonly max: number;
  /** Groups in which the rule kept the best cell. */
  readonly exact: number;
}

/** Keeps the cell of lowest validation loss; of equals, the first (the shorter run). */
export const lowestLoss: SelectionRule = { name: "lowest validation loss", pick: (group) => lowest(group) };

/** Keeps the longest run, whatever its loss. */
export const longest: SelectionRule = {
  name: "longest run",
  pick: (group) => group.reduce((best, cell) => (cell.length > best.length ? cell : best)),
};

/** Keeps the longest run that is not over-fitted; where all are, the lowest loss. */
export const longestBeforeOnset: SelectionRule = {
  name: "longest run that is not over-fitted",
  pick(group, overFitted) {
    const sound = group.filter((cell) => !overFitted(cell));
    return sound.length === 0 ? lowest(group) : longest.pick(sound, overFitted);
  },
};

/** One cell of each group that `by` makes, chosen by the rule. Groups without scores are left out. */
export function selection(
  rule: SelectionRule,
  cells: readonly GridCell[],
  by: (cell: GridCell) => string,
  overFitted: (cell: GridCell) => boolean,
): Selection {
  const scored = cells.filter(({ score }) => !Number.isNaN(score));
  const choices = groupsOf(scored, by).map((group): Choice => {
    const kept = rule.pick(group, overFitted);
    const best = group.reduce((top, cell) => (cell.score > top.score ? cell : top));
    return { kept, best, regret: best.score - kept.score };
  });
  const regrets = choices.map(({ regret }) => regret);
  return {
    rule: rule.name,
    choices,
    mean: regrets.reduce((sum, regret) => sum + regret, 0) / regrets.length,
    max: Math.max(...regrets),
    exact: regrets.filter((regret) => regret === 0).length,
  };
}

const lowest = (group: readonly GridCell[]): GridCell =>
  group.reduce((best, cell) => (cell.validationLoss < best.validationLoss ? cell : best));
