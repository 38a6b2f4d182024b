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
  const { grid, count } = options;
  return placeBlocks(mask, { ...options, rows: grid, columns: grid, mostBlock: count }, random);
}

/** A mask over `rows` × `columns` tokens of which exactly `count` are masked. */
export interface ExactBlockMaskOptions {
  readonly rows: number;
  readonly columns: number;
  /** 784 of 56 × 28 in Painter. */
  readonly count: number;
  /** Tokens of the largest rectangle: 392 in Painter. */
  readonly mostBlock: number;
  /** As in `BlockWiseMaskOptions`: 16 in Painter. */
  readonly minBlock: number;
  /** 0.3 in Painter. */
  readonly minAspect: number;
}

/**
 * Painter's block-wise mask: rectangles as above, none of more than `mostBlock` new tokens, then single tokens at random
 * until exactly `count` are masked. Source: painter spec §4.2; Painter (arXiv 2212.02499), `masking_generator.py`.
 */
export function fillExactBlockMask(mask: Uint8Array, options: ExactBlockMaskOptions, random: Generator): void {
  let masked = placeBlocks(mask, options, random);
  for (const place of random.permutation(mask.length)) {
    if (masked >= options.count) return;
    if (mask[place] === 1) continue;
    mask[place] = 1;
    masked++;
  }
}

function placeBlocks(mask: Uint8Array, options: ExactBlockMaskOptions, random: Generator): number {
  mask.fill(0);
  let masked = 0;
  while (masked < options.count) {
    const placed = placeBlock(mask, options, Math.min(options.mostBlock, options.count - masked), random);
    if (placed === 0) break;
    masked += placed;
  }
  return masked;
}

/** Masks one rectangle that adds 1 to `budget` tokens, and returns how many; 0 after ten that do not fit. */
function placeBlock(mask: Uint8Array, options: ExactBlockMaskOptions, budget: number, random: Generator): number {
  const { rows, columns, minBlock, minAspect } = options;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = minBlock + (budget - minBlock) * random.uniform(); // below minBlock the interval is reversed, as upstream
    const aspect = Math.exp(Math.log(minAspect) * (1 - 2 * random.uniform()));
    const height = Math.round(Math.sqrt(area * aspect));
    const width = Math.round(Math.sqrt(area / aspect));
    if (height >= rows || width >= columns) continue; // a full row or column is never masked at once, as upstream
    const top = random.integer(rows - height + 1);
    const left = random.integer(columns - width + 1);
    const added = height * width - countMasked(mask, columns, top, left, height, width);
    if (added <= 0 || added > budget) continue;
    for (let row = top; row < top + height; row++) mask.fill(1, row * columns + left, row * columns + left + width);
    return added;
  }
  return 0;
}

function countMasked(
  mask: Uint8Array,
  columns: number,
  top: number,
  left: number,
  height: number,
  width: number,
): number {
  let count = 0;
  for (let row = top; row < top + height; row++) {
    for (let column = left; column < left + width; column++) count += mask[row * columns + column];
  }
  return count;
}
