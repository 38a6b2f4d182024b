import type { StudyAnalysis } from "../analysis/analyse.ts";
import { cellName, countText, intervalText, listText, lossText, scoreText, signedText } from "./names.ts";

/** What the study shows, in sentences made of its own numbers; a paragraph is left out where there is nothing to say. */

/** Which way over-fitting moves with size and data. */
export function overFittingFinding({ onsets, overFitted, cells, table }: StudyAnalysis): string {
  const seen = onsets.filter(({ length }) => length !== null);
  if (seen.length === 0) {
    return `None of the ${cells.length} cells over-fits: no run's loss exceeds that of a shorter one, and no curve turns upwards.`;
  }
  const perData = table.data.map((data) => {
    const all = onsets.filter((one) => one.data === data);
    const flagged = all.filter(({ length }) => length !== null);
    return `${data}: ${flagged.length} of ${all.length} sizes${flagged.length === 0 ? "" : ` (${flagged.map(({ size, length }) => `${size} from ${countText(length ?? NaN)}`).join(", ")})`}`;
  });
  return `${overFitted.length} of ${cells.length} cells are over-fitted: longer training made their validation loss worse. By data set: ${perData.join("; ")}.`;
}

/** Which size has the lowest loss on each data set, at the shortest and the longest length. */
export function bestSizeFinding({ bestSizes, reversals, table }: StudyAnalysis): string {
  const at = (length: number) =>
    table.data
      .map((data) => bestSizes.find((cell) => cell.data === data && cell.length === length))
      .flatMap((cell) => (cell === undefined ? [] : [`${cell.size} on ${cell.data}`]));
  const [shortest, longest] = [table.lengths[0], table.lengths[table.lengths.length - 1]];
  const reversed = new Set(reversals.map(({ data }) => data));
  const where = table.data.filter((data) => reversed.has(data));
  return `The size with the lowest loss after ${countText(shortest)} updates: ${listText(at(shortest))}; after ${countText(longest)}: ${listText(at(longest))}. ${
    where.length === 0
      ? "A larger model was never worse than a smaller one."
      : `A larger model was worse than a smaller one in ${reversals.length} cases, on ${listText(where)}.`
  }`;
}

/** How well validation loss tells the score. */
export function indicatorFinding({ indicators: { all, sound }, signs }: StudyAnalysis): string {
  if (all.cells < 3) return "Too few cells were fine-tuned to say whether validation loss tells the score.";
  return [
    `Over ${all.cells} cells the correlation of validation loss and score is ${intervalText(all.pearson)} (Pearson), ${intervalText(all.spearman)} (Spearman), ${intervalText(all.kendall)} (Kendall).`,
    sound.cells === all.cells || sound.cells < 3
      ? ""
      : `Without the over-fitted cells (${sound.cells} left) it is ${intervalText(sound.pearson)} and ${intervalText(sound.spearman)}.`,
    `From one length to the next, the loss fell in ${signs.falls.pairs} of ${signs.pairs} cases, and the score rose in ${signs.falls.scoreRose} of these; the loss rose in ${signs.rises.pairs}, and the score fell in ${signs.rises.scoreFell} of these.`,
  ]
    .filter(Boolean)
    .join(" ");
}

/** What keeping the run of lowest loss costs. */
export function selectionFinding({ lengthChoices: [byLoss, byLength, beforeOnset], overall }: StudyAnalysis): string {
  if (byLoss.choices.length === 0) return "";
  const [{ kept, best, regret }] = overall[0].choices;
  return [
    `Keeping, for each size and data set, the run of lowest validation loss costs ${byLoss.mean.toFixed(3)} points of score on average (${byLoss.max.toFixed(2)} at worst) and keeps the best run in ${byLoss.exact} of ${byLoss.choices.length} cases. Always keeping the longest run costs ${byLength.mean.toFixed(3)} (${byLength.max.toFixed(2)}), the longest that is not over-fitted ${beforeOnset.mean.toFixed(3)} (${beforeOnset.max.toFixed(2)}).`,
    regret === 0
      ? `The cell of lowest loss of all, ${cellName(kept)}, also has the best score, ${scoreText(best.score)}.`
      : `The cell of lowest loss of all is ${cellName(kept)} (${lossText(kept.validationLoss)}, ${scoreText(kept.score)}); the best score is that of ${cellName(best)}, ${scoreText(best.score)}: ${regret.toFixed(2)} points more.`,
  ].join(" ");
}

/** What the step to the largest data set brought. */
export function dataFinding({ dataSteps }: StudyAnalysis): string {
  const last = dataSteps.at(-1);
  if (last === undefined) return "";
  const losses = last.pairs.map(({ loss }) => loss);
  const scores = last.pairs.map(({ score }) => score).filter(Number.isFinite);
  const lower = losses.filter((loss) => loss < 0).length;
  const higher = scores.filter((score) => score > 0).length;
  return [
    `The step to the largest data set, ${last.from} to ${last.to}, lowered the loss in ${lower} of ${losses.length} pairs of equal size and length (changes from ${signedText(Math.min(...losses), 4)} to ${signedText(Math.max(...losses), 4)})`,
    scores.length === 0
      ? "."
      : ` and raised the score in ${higher} of ${scores.length} (${signedText(Math.min(...scores), 2)} to ${signedText(Math.max(...scores), 2)} points).`,
  ].join("");
}

/** How loss falls with size and length, and how far the fit can be trusted. */
export function fitFinding({ fits }: StudyAnalysis): string {
  const most = <T extends { readonly cells: number }>(list: readonly T[]) =>
    list.reduce<T | undefined>((best, one) => (best === undefined || one.cells >= best.cells ? one : best), undefined);
  const fit = most(fits.overLengths) ?? most(fits.atLength);
  if (fit === undefined) return "There are too few sizes that do not over-fit to fit a law.";
  const doubled = (slope: number) => `${signedText(100 * (2 ** slope - 1), 2)}%`;
  const worst = fits.extrapolations.flatMap(({ points, size, data }) =>
    points.map(({ predicted, measured }) => ({ size, data, miss: measured - predicted })),
  );
  const miss = worst.reduce((most, one) => (Math.abs(one.miss) > Math.abs(most.miss) ? one : most), { size: "", data: "", miss: 0 }); // prettier-ignore
  return [
    `On ${fit.data}, doubling the model changes the loss by ${doubled(fit.size.value)}${fit.time === null ? "" : `, doubling the training by ${doubled(fit.time.value)}`} (R² ${fit.r2.toFixed(3)}).`,
    worst.length === 0
      ? ""
      : `A fit that has not seen the largest size misses it by up to ${signedText(miss.miss, 4)} (${miss.size} on ${miss.data}): ${miss.miss > 0 ? "the law is optimistic" : "the law is pessimistic"}, so do not plan with its last digits.`,
  ]
    .filter(Boolean)
    .join(" ");
}

/** What stopping early would have saved, for runs with curves. */
export function stoppingFinding({ stopping }: StudyAnalysis): string {
  if (stopping.length === 0) return "";
  const turned = stopping.filter(({ excess }) => excess >= 0.01);
  const cut = stopping.filter(({ cutStep }) => cutStep !== null);
  const updates = stopping.reduce((sum, { length }) => sum + length, 0);
  const saved = cut.reduce((sum, { length, saved: share }) => sum + share * length, 0);
  return `${turned.length} of ${stopping.length} runs end with a validation loss at least 1% above the lowest of their own curve. A rule that stops a run once its loss has stayed above its minimum for a fifth of the run would have stopped ${cut.length} and saved ${((100 * saved) / updates).toFixed(0)}% of all updates, if every run were trained alone. Keep the checkpoint of the lowest loss, not the last one, where the score cannot be measured; where it can, measure both: over-fitted runs sometimes still gain in score.`;
}
