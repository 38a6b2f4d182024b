import type { Interval } from "../../../metrics/bootstrap.ts";
import type { StudyAnalysis } from "./analyse.ts";
import type { Indicator } from "./indicator.ts";

/**
 * The analysis as one JSON object. Its first numbers are over all cells: `pearson`, `spearman`, `kendall` of validation loss
 * and score, and `selectionRegret`, what choosing each length by the lowest loss costs on average, in points of score.
 * Whatever has no value is null.
 */
export function studySummary(analysis: StudyAnalysis): object {
  const { all, sound } = analysis.indicators;
  const [byLoss] = analysis.lengthChoices;
  return {
    study: analysis.table.study,
    cells: analysis.cells.length,
    runs: analysis.table.cells.length,
    missing: analysis.table.missing.length,
    pearson: known(all.pearson.value),
    spearman: known(all.spearman.value),
    kendall: known(all.kendall.value),
    overfitOnset: analysis.onsets,
    overfitted: analysis.overFitted.length,
    selectionRegret: known(byLoss.mean),
    selection: { mean: known(byLoss.mean), max: known(byLoss.max), exact: byLoss.exact, groups: byLoss.choices.length },
    indicator: { all: indicatorSummary(all), withoutOverfitted: indicatorSummary(sound) },
    signAgreement: analysis.signs,
    frontier: analysis.frontier.byLoss.map(({ size, data, length, flops, validationLoss, score }) => ({
      ...{ size, data, length, flops, validationLoss },
      score: known(score),
    })),
  };
}

const known = (value: number): number | null => (Number.isFinite(value) ? value : null);

const indicatorSummary = ({ cells, pearson, spearman, kendall }: Indicator) => ({
  cells,
  pearson: intervalSummary(pearson),
  spearman: intervalSummary(spearman),
  kendall: intervalSummary(kendall),
});

const intervalSummary = ({ value, low, high, confidence }: Interval) => ({
  value: known(value),
  low: known(low),
  high: known(high),
  confidence,
});
