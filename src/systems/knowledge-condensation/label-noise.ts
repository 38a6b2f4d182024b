import type { CondensationMemory } from "./memory.ts";
import type { TrainingImages } from "./training-images.ts";

/** A label that may be wrong. */
export interface SuspectLabel {
  readonly index: number;
  readonly name: string;
  readonly label: string;
  /** What the teacher takes it for. */
  readonly teacher: string;
  /** Its value for the student: mean entropy, favoured a little by visits. */
  readonly value: number;
  /** Mean probability that the teacher gives the label. */
  readonly probability: number;
  readonly visits: number;
}

/**
 * Valuable points that the teacher contradicts: of those visited the upper half by value, if in most visits the teacher found
 * another class likelier than the label. Least probable labels first.
 */
export function suspectLabels(memory: CondensationMemory, images: TrainingImages): SuspectLabel[] {
  const { visits } = memory.condenser;
  const { contradictions, ofLabel, lastClass } = memory.verdicts;
  const seen = Array.from(visits.keys()).filter((point) => visits[point] > 0);
  const scores = seen.map((point) => memory.scoreOf(point)).sort((a, b) => a - b);
  const median = scores[Math.floor(scores.length / 2)];
  const { classNames } = images.dataset;
  return seen
    .filter((point) => 2 * contradictions[point] > visits[point] && memory.scoreOf(point) >= median)
    .map((point) => ({
      index: point,
      name: images.name(point),
      label: classNames[images.labels[point]],
      teacher: classNames[lastClass[point]],
      value: memory.scoreOf(point),
      probability: ofLabel[point] / visits[point],
      visits: visits[point],
    }))
    .sort((a, b) => a.probability - b.probability || a.index - b.index);
}

/** How well a list finds the labels that were made wrong on purpose; shares, null where they say nothing. */
export interface NoiseScores {
  readonly wrong: number;
  readonly listed: number;
  readonly precision: number | null;
  readonly recall: number | null;
  /** Of as many of the list's first as labels are wrong. */
  readonly precisionAtWrong: number | null;
}

export function noiseScores(
  list: readonly SuspectLabel[],
  { labels, trueLabels }: Pick<TrainingImages, "labels" | "trueLabels">,
): NoiseScores {
  const isWrong = (index: number): boolean => labels[index] !== trueLabels[index];
  const wrong = labels.reduce((sum, _, i) => sum + Number(isWrong(i)), 0);
  const hits = (some: readonly SuspectLabel[]): number => some.filter(({ index }) => isWrong(index)).length;
  const first = list.slice(0, wrong);
  const share = (part: number, all: number): number | null => (all === 0 ? null : part / all);
  return {
    wrong,
    listed: list.length,
    precision: share(hits(list), list.length),
    recall: share(hits(list), wrong),
    precisionAtWrong: share(hits(first), first.length),
  };
}
