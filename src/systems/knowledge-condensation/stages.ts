/** Condensations of a whole run: the released code's constant. */
const condensations = 6;

export interface StageOptions {
  /** N: points of the whole set. */
  readonly count: number;
  /** ρ: share that is left after six condensations. */
  readonly keep: number;
  /** T: epochs between two condensations. */
  readonly epochsPerStage: number;
  /** No condensation before this epoch. */
  readonly warmupEpochs?: number;
}

/**
 * Points that stay of `before`: max(⌊ρN⌋, before − Δ), Δ = ⌊N(1 − ρ)/6⌋, truncated in double precision as the released
 * code does. Source: knowledge-condensation.md §4.2.
 */
export function keptAfter(before: number, { count, keep }: Pick<StageOptions, "count" | "keep">): number {
  const step = Math.trunc((count * (1 - keep)) / condensations);
  return Math.min(before, Math.max(Math.trunc(count * keep), before - step));
}

/** Whether epoch `epoch` (from 1) ends in a condensation. */
export const endsStage = (epoch: number, { epochsPerStage, warmupEpochs = 0 }: StageOptions): boolean =>
  epoch % epochsPerStage === 0 && epoch >= warmupEpochs;

/** Points in each of `epochs` epochs, from `first` in the first one. */
export function epochSizes(epochs: number, first: number, options: StageOptions): number[] {
  const sizes: number[] = [];
  let size = first;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    sizes.push(size);
    if (endsStage(epoch, options)) size = keptAfter(size, options);
  }
  return sizes;
}

/** Where the steps of a run lie whose epochs differ in length. The last batch of an epoch may be shorter. */
export class EpochPlan {
  /** Points of each epoch, from 0. */
  readonly sizes: readonly number[];
  /** First step of each epoch, and behind them the number of all. */
  readonly #starts: readonly number[];
  readonly #batchSize: number;

  constructor(sizes: readonly number[], batchSize: number) {
    this.sizes = sizes;
    this.#batchSize = batchSize;
    const starts = [0];
    for (const size of sizes) starts.push(starts[starts.length - 1] + Math.ceil(size / batchSize));
    this.#starts = starts;
  }

  get epochs(): number {
    return this.sizes.length;
  }

  get steps(): number {
    return this.#starts[this.epochs];
  }

  /** Points seen in all epochs. */
  get visits(): number {
    return this.sizes.reduce((sum, size) => sum + size, 0);
  }

  /** The epoch of a step, from 0; behind the end the last one. */
  epochOf(step: number): number {
    let [low, high] = [0, this.epochs - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle] <= step) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  startOf(epoch: number): number {
    return this.#starts[epoch];
  }

  /** Places in the epoch's order that the batch of `step` takes. */
  places(step: number): { readonly epoch: number; readonly from: number; readonly to: number } {
    const epoch = this.epochOf(step);
    const from = (step - this.#starts[epoch]) * this.#batchSize;
    return { epoch, from, to: Math.min(this.sizes[epoch], from + this.#batchSize) };
  }
}

/** Sample visits beside those of training on the whole set as long. */
export const visitsRatio = (plan: Pick<EpochPlan, "visits" | "epochs">, count: number): number =>
  plan.visits / (plan.epochs * count);
