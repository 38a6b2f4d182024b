import type { ReportTable } from "../../../report/page.ts";
import type { Cell } from "../../../report/table.ts";
import type { StudyAnalysis } from "../analysis/analyse.ts";
import type { Indicator } from "../analysis/indicator.ts";
import { isOverFitted } from "../analysis/over-fitting.ts";
import type { Selection } from "../analysis/selection.ts";
import { countText, decimalText, intervalText } from "./names.ts";

/** A table that is a file too. */
export type NamedTable = ReportTable & { readonly name: string };

/** Every cell with all that was measured, means over seeds. */
export function cellTable({ cells, flags }: StudyAnalysis): NamedTable {
  return {
    name: "cells",
    caption: "One row for each size, data set and length; means over seeds. An empty field was not measured.",
    columns: [
      ...["size", "data", "images", "updates", "seeds", "parameters", "epochs", "FLOPs"],
      ...["validation loss", "train-eval loss", "gap", "score %", "over-fitted"],
    ],
    rows: cells.map((cell) => {
      const rules = flags.get(cell);
      return [
        ...[cell.size, cell.data, cell.images, cell.length, cell.runs.length, cell.parameters],
        ...[Number(cell.epochs.toPrecision(4)), Number(cell.flops.toPrecision(4))],
        ...[cell.validationLoss, cell.trainEvalLoss, cell.validationLoss - cell.trainEvalLoss, cell.score].map(known),
        rules === undefined || !isOverFitted(rules) ? "" : rules.byLength ? "yes" : "yes, by its curve",
      ];
    }),
  };
}

/** Where each size starts to over-fit each data set. */
export function onsetTable({ onsets }: StudyAnalysis): NamedTable {
  return {
    name: "onsets",
    caption: "Onset: the shortest run whose loss exceeds that of a shorter one, or whose own curve has turned.",
    columns: ["size", "data", "onset, updates", "onset, epochs"],
    rows: onsets.map(({ size, data, length, epochs }) => [
      size,
      data,
      length,
      epochs === null ? null : Math.round(epochs),
    ]),
  };
}

/** The indicator in every group of cells, with and without over-fitted ones. */
export function indicatorTable({ indicators }: StudyAnalysis): NamedTable {
  const named = (kind: string, list: readonly Indicator[]) => list.map((one) => [kind, one] as const);
  const updates = (list: readonly Indicator[]) =>
    list.map((one) => ({ ...one, group: `${countText(Number(one.group))} updates` }));
  const withAll = [
    ...named("yes", [indicators.all, ...indicators.bySize, ...indicators.byData, ...updates(indicators.byLength)]),
    ...named("no", [
      ...[indicators.sound, ...indicators.soundBySize, ...indicators.soundByData],
      ...updates(indicators.soundByLength),
    ]),
  ];
  return {
    name: "indicator",
    caption:
      "Correlation of validation loss and score within groups; in brackets the 95% bootstrap interval over cells.",
    columns: ["cells of", "over-fitted too", "n", "Pearson r", "Spearman ρ", "Kendall τ-b"],
    rows: withAll.map(([over, { group, cells, pearson, spearman, kendall }]) => [
      ...[group, over, cells],
      ...[pearson, spearman, kendall].map((measure) => intervalText(measure)),
    ]),
  };
}

/** What each way to choose costs. */
export function selectionTable(analysis: StudyAnalysis): NamedTable {
  const rows = (question: string, selections: readonly Selection[]): Cell[][] =>
    selections.map(({ rule, mean, max, exact, choices }) => [
      ...[question, rule, Number(mean.toFixed(4)), Number(max.toFixed(4))],
      `${exact} of ${choices.length}`,
    ]);
  return {
    name: "selection",
    caption: "Regret: score of the best cell minus score of the one kept, in points.",
    columns: ["choice", "rule", "mean regret", "worst regret", "best kept"],
    rows: [
      ...rows("the length, for each size and data set", analysis.lengthChoices),
      ...rows("one cell of each size", analysis.sizeChoices),
      ...rows("one cell of each data set", analysis.dataChoices),
      ...rows("one cell of all", analysis.overall),
    ],
  };
}

/** What each step to more data changed. */
export function dataStepTable({ dataSteps }: StudyAnalysis): NamedTable {
  const range = (values: readonly number[], decimals: number) => {
    const finite = values.filter(Number.isFinite);
    if (finite.length === 0) return "";
    const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
    const [low, high] = [Math.min(...finite), Math.max(...finite)].map((value) => decimalText(value, decimals));
    return `${decimalText(mean, decimals)} (${low} to ${high})`;
  };
  return {
    name: "data-steps",
    caption:
      "The larger data set minus the smaller one, over pairs of equal size and length: mean (least to greatest).",
    columns: ["from", "to", "pairs", "loss lower in", "change of loss", "score higher in", "change of score"],
    rows: dataSteps.map(({ from, to, pairs }) => [
      ...[from, to, pairs.length, pairs.filter(({ loss }) => loss < 0).length],
      range(
        pairs.map(({ loss }) => loss),
        4,
      ),
      pairs.filter(({ score }) => score > 0).length,
      range(
        pairs.map(({ score }) => score),
        2,
      ),
    ]),
  };
}

/** ln L = a + b ln N + c ln T and L = E + A·N^−p + B·T^−q. */
export function fitTables({ fits }: StudyAnalysis): NamedTable[] {
  const logs: NamedTable = {
    name: "log-fits",
    caption: "ln L = a + b·ln N + c·ln T; N in millions of parameters, T in thousands of updates.",
    columns: ["data", "length", "cells", "a", "b (size)", "c (length)", "R²"],
    rows: [...fits.atLength, ...fits.overLengths].map(({ data, length, cells, intercept, size, time, r2 }) => [
      ...[data, length === null ? "all" : countText(length), cells, decimalText(intercept, 6)],
      ...[intervalText(size, 6), time === null ? "" : intervalText(time, 6), r2.toFixed(5)],
    ]),
  };
  const powers: NamedTable = {
    name: "power-fits",
    caption: "L = E + A·N^−p + B·T^−q; E is the floor that no size and length would pass.",
    columns: ["data", "cells", "E", "A", "p", "B", "q", "sum of squares", "worst error"],
    rows: fits.power.map(({ data, cells, law, E, p, q, worst }) => [
      ...[data, cells, intervalText(E, 4), law.A.toFixed(4), intervalText(p, 3), law.B.toFixed(4), intervalText(q, 3)],
      ...[law.squares.toExponential(3), worst.toFixed(5)],
    ]),
  };
  const beyond: NamedTable = {
    name: "extrapolation",
    caption: "The fit over all lengths made without the largest size, and what that size then had.",
    columns: ["data", "size", "updates", "predicted loss", "measured loss", "measured − predicted"],
    rows: fits.extrapolations.flatMap(({ data, size, points }) =>
      points.map(({ length, predicted, measured }) => [
        ...[data, size, length],
        ...[predicted, measured, measured - predicted].map((value) => Number(value.toFixed(4))),
      ]),
    ),
  };
  return [logs, powers, beyond].filter(({ rows }) => rows.length > 0);
}

/** The frontier by loss, cheapest first. */
export function frontierTable({ frontier }: StudyAnalysis): NamedTable {
  return {
    name: "frontier",
    caption: "No cheaper cell has a lower loss than these.",
    columns: ["FLOPs", "size", "data", "updates", "validation loss", "score %"],
    rows: frontier.byLoss.map(({ flops, size, data, length, validationLoss, score }) => [
      ...[Number(flops.toPrecision(4)), size, data, length],
      ...[validationLoss, score].map(known),
    ]),
  };
}

/** Where stopping would have paid, for runs with curves. */
export function stoppingTable({ stopping }: StudyAnalysis): NamedTable {
  return {
    name: "stopping",
    caption:
      "Excess: how far the loss at the end lies above the lowest of the run. Cut: where a run stops whose loss has been above its minimum for a fifth of its length.",
    columns: ["size", "data", "updates", "seed", "best at", "best loss", "final loss", "excess %", "cut at", "saved %"],
    rows: stopping.map(({ size, data, length, seed, bestStep, bestLoss, finalLoss, excess, cutStep, saved }) => [
      ...[size, data, length, seed, bestStep, bestLoss, finalLoss],
      ...[Number((100 * excess).toFixed(2)), cutStep, Number((100 * saved).toFixed(0))],
    ]),
  };
}

const known = (value: number): number | null => (Number.isFinite(value) ? Number(value.toPrecision(8)) : null);
