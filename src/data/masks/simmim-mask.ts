import type { Generator } from "../../random/generator.ts";

/** A mask over `grid` × `grid` tokens, made of square units of `unit` tokens. */
export interface SimmimMaskOptions {
  /** Tokens along a side. */
  readonly grid: number;
  /** Tokens along a side of what is masked together: mask patch / model patch. */
  readonly unit: number;
  readonly ratio: number;
}

/** Masked units of a SimMIM mask: ⌈cells · ratio⌉, so 22 of 36 at 0.6. */
export const simmimMaskedUnits = ({ grid, unit, ratio }: SimmimMaskOptions): number =>
  Math.ceil((grid / unit) ** 2 * ratio);

/**
 * SimMIM's mask: that many units of an even random choice, each widened to its tokens; writes 1 (masked) or 0 to
 * `mask` [grid, grid]. Source: "SimMIM" (arXiv 2111.09886), `MaskGenerator` of the official code.
 */
export function fillSimmimMask(mask: Uint8Array, options: SimmimMaskOptions, random: Generator): void {
  const { grid, unit } = options;
  const cells = grid / unit;
  const chosen = random.permutation(cells * cells).subarray(0, simmimMaskedUnits(options));
  mask.fill(0);
  for (const cell of chosen) {
    const top = Math.floor(cell / cells) * unit;
    const left = (cell % cells) * unit;
    for (let row = top; row < top + unit; row++) mask.fill(1, row * grid + left, row * grid + left + unit);
  }
}
