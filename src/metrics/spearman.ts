import { pearson } from "./pearson.ts";

/**
 * Spearman's ρ: Pearson's r of the ranks, equal values sharing the mean of their ranks. NaN for fewer than two pairs and
 * where one side is constant. Throws as `pearson`.
 */
export const spearman = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  pearson(averageRanks(x), averageRanks(y));

/** Ranks from 1; equal values get the mean of the ranks they take together. A NaN keeps its value and is refused later. */
function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) {
      const finite = Number.isFinite(values[order[i]]);
      ranks[order[i]] = finite ? (start + 1 + end) / 2 : values[order[i]];
    }
    start = end;
  }
  return ranks;
}
