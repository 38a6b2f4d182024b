import { mixRows } from "../../data/transforms/mix-batch.ts";
import type { Generator } from "../../random/generator.ts";

/**
 * Targets of a cross-entropy with label smoothing: 1 − ε + ε/K for the label, ε/K for every other class.
 *
 * @param labels [B], 0 to K − 1
 * @param smoothing ε, 0 up to 1
 * @returns [B, K], rows sum to 1
 */
export function smoothedTargets(
  labels: ArrayLike<number | bigint>,
  classes: number,
  smoothing: number,
): Float32Array<ArrayBuffer> {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  for (let i = 0; i < labels.length; i++) targets[i * classes + Number(labels[i])] += 1 - smoothing;
  return targets;
}

/**
 * Mixup of a batch with its own reverse, in place, one λ ~ Beta(α, α) for all: x ← λ·x + (1 − λ)·reversed(x), for
 * images and targets alike. Source: arXiv 1710.09412; pairing as in timm (batch mode).
 *
 * @param rows images [B, ...] and targets [B, K]
 */
export function mixUp(batch: number, rows: readonly Float32Array[], { alpha, random }: MixUpOptions): void {
  const share = symmetricBeta(alpha, random);
  for (const values of rows) mixRows(values, batch, share);
}

export interface MixUpOptions {
  /** α > 0. */
  readonly alpha: number;
  readonly random: Generator;
}

/** Beta(α, α) by Jöhnk's rejection: u^(1/α) / (u^(1/α) + v^(1/α)) where the sum is at most 1. */
export function symmetricBeta(alpha: number, random: Generator): number {
  for (;;) {
    const [x, y] = [random.uniform() ** (1 / alpha), random.uniform() ** (1 / alpha)];
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}
