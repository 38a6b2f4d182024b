import type { Generator } from "../../random/generator.ts";

/** A mask over `grid` × `grid` tokens, made of rectangles. */
export interface BlockWiseMaskOptions {
  /** Tokens along a side. */
  readonly grid: number;
  /** Tokens to mask, at most: 105 of 16 × 16 in EVA. */
  readonly count: number;
  /** Tokens of the smallest rectangle, while the budget allows. */
  readonly minBlock: number;
  /** Height / width of a rectangle, log-uniform from this to its inverse. */
  readonly minAspect: number;
}

/**
 * Block-wise mask of BEiT and EVA: rectangles until `count` tokens are masked or ten in a row do not fit; writes 1
 * (masked) or 0 to `mask` [grid, grid] and returns how many are masked, at most `count` and often fewer.
 * Source: BEiT (arXiv 2106.08254) algorithm 1, as executed by EVA's pre-training code.
 */
export function fillBlockWiseMask(mask: Uint8Array, options: BlockWiseMaskOptions, random: Generator): number {
  mask.fill(0);
  let masked = 0;
  while (masked < options.count) {
    const placed = placeBlock(mask, options, options.count - masked, random);
    if (placed === 0) break;
    masked += placed;
  }
  return masked;
}

/** Masks one rectangle that adds 1 to `budget` tokens, and returns how many; 0 after ten that do not fit. */
function placeBlock(mask: Uint8Array, options: BlockWiseMaskOptions, budget: number, random: Generator): number {
  const { grid, minBlock, minAspect } = options;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = minBlock + (budget - minBlock) * random.uniform(); // below minBlock the interval is reversed, as upstream
    const aspect = Math.exp(Math.log(minAspect) * (1 - 2 * random.uniform()));
    const height = Math.round(Math.sqrt(area * aspect));
    const width = Math.round(Math.sqrt(area / aspect));
    if (height >= grid || width >= grid) continue; // a full row or column is never masked at once, as upstream
    const top = random.integer(grid - height + 1);
    const left = random.integer(grid - width + 1);
    const added = height * width - countMasked(mask, grid, top, left, height, width);
    if (added <= 0 || added > budget) continue;
    for (let row = top; row < top + height; row++) mask.fill(1, row * grid + left, row * grid + left + width);
    return added;
  }
  return 0;
}

function countMasked(mask: Uint8Array, grid: number, top: number, left: number, height: number, width: number): number {
  let count = 0;
  for (let row = top; row < top + height; row++) {
    for (let column = left; column < left + width; column++) count += mask[row * grid + column];
  }
  return count;
}
