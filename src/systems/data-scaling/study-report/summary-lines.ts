import type { StudyAnalysis } from "../analysis/analyse.ts";
import { cellName, intervalText, lossText, scoreText } from "./names.ts";

/** The analysis in a few lines for a terminal. */
export function summaryLines({
  table,
  cells,
  overFitted,
  indicators,
  lengthChoices,
  frontier,
}: StudyAnalysis): string[] {
  const { all, sound } = indicators;
  const [byLoss] = lengthChoices;
  const best = cells.reduce((low, cell) => (cell.validationLoss < low.validationLoss ? cell : low));
  return [
    `cells         ${cells.length} of ${table.cells.length} runs${table.missing.length === 0 ? "" : `, ${table.missing.length} missing`}`,
    `over-fitted   ${overFitted.length}`,
    `lowest loss   ${lossText(best.validationLoss)}, score ${scoreText(best.score)}: ${cellName(best)}`,
    `frontier      ${frontier.byLoss.map(({ size }) => size).join(" ")}`,
    ...(all.cells < 3
      ? []
      : [
          `Pearson r     ${intervalText(all.pearson)}   without over-fitted ${intervalText(sound.pearson)}`,
          `Spearman ρ    ${intervalText(all.spearman)}   without over-fitted ${intervalText(sound.spearman)}`,
          `Kendall τ-b   ${intervalText(all.kendall)}   without over-fitted ${intervalText(sound.kendall)}`,
          `regret        ${byLoss.mean.toFixed(4)} points on average (${byLoss.max.toFixed(2)} at worst) where the length of lowest loss is kept`,
        ]),
  ];
}
