/** Least weight of a kept point, and what is above it. */
const [least, above] = [Math.fround(0.7), Math.fround(0.3)];

/**
 * Weight of kept point j of m, in float32: 0.7 + 0.3·(m − j)/m. The first keeps its pixels whole. Source:
 * knowledge-condensation.md §4.2.
 */
export const mixingWeight = (j: number, m: number): number =>
  Math.fround(Math.fround(above * Math.fround((m - j) / m)) + least);

/** `kept` ← trunc(w·kept + (1 − w)·lost) in float32, in place. */
export function mixInto(kept: Uint8Array, lost: Uint8Array, weight: number): void {
  const other = Math.fround(1 - weight);
  for (let p = 0; p < kept.length; p++)
    kept[p] = Math.trunc(Math.fround(Math.fround(weight * kept[p]) + Math.fround(other * lost[p])));
}

/** What a condensation mixes: point `lost[j]` into point `border[j]`, rank with rank. */
export interface Mixes {
  readonly border: Int32Array;
  readonly lost: Int32Array;
}

/** Mixes pixels [N, bytes] in place; sources are the pixels before. */
export function applyMixes(pixels: Uint8Array, bytes: number, { border, lost }: Mixes): void {
  const at = (i: number): Uint8Array => pixels.subarray(i * bytes, (i + 1) * bytes);
  border.forEach((kept, j) => mixInto(at(kept), at(lost[j]), mixingWeight(j, border.length)));
}
