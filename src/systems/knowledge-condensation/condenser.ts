import { type Mixes } from "./mixing.ts";
import { ranking, score, type ValueName } from "./ranking.ts";
import { endsStage, keptAfter, type StageOptions } from "./stages.ts";

export interface CondenserOptions extends StageOptions {
  readonly by: ValueName;
  /** Whether what falls out is mixed into the last of what stays. */
  readonly mix: boolean;
  /** Of the `random` ranking. */
  readonly seed: number;
  /** What is kept at first; default: all, in order. */
  readonly kept?: Int32Array;
}

/** What one condensation did. */
export interface Condensation {
  /** From 1. */
  readonly epoch: number;
  readonly before: number;
  readonly after: number;
  /** Points that were trained on and are no more. */
  readonly dropped: Int32Array;
  /** Points that had been dropped and are trained on again. */
  readonly reEntered: Int32Array;
  readonly mixes: Mixes;
  /** Mean score of what is kept and of all the rest that was ever visited. */
  readonly keptValue: number;
  readonly droppedValue: number;
}

/**
 * A training set that shrinks to its valuable points: values are recorded on the fly, and once in a stage all points are
 * ranked by them. It knows numbers of points only, so it goes around any training. Source: arXiv 2207.05409;
 * knowledge-condensation.md §4.2.
 */
export class Condenser {
  readonly options: CondenserOptions;
  /** Most valuable first. */
  kept: Int32Array;
  readonly sums: Float64Array;
  readonly visits: Int32Array;
  readonly mixes: Mixes[] = [];

  constructor(options: CondenserOptions) {
    this.options = options;
    this.kept = options.kept?.slice() ?? Int32Array.from({ length: options.count }, (_, i) => i);
    this.sums = new Float64Array(options.count);
    this.visits = new Int32Array(options.count);
  }

  /** Records a visit, whatever the value: an entropy of exactly 0 is one too. */
  observe(index: number, value: number): void {
    this.sums[index] += value;
    this.visits[index]++;
  }

  /** Condenses where `epoch` (from 1) ends a stage; changes no pixels. */
  endEpoch(epoch: number): Condensation | undefined {
    return endsStage(epoch, this.options) ? this.condense(epoch) : undefined;
  }

  private condense(epoch: number): Condensation {
    const before = this.kept;
    const rank = ranking(this, this.options.by, this.options.seed);
    const after = keptAfter(before.length, this.options);
    const kept = rank.slice(0, after);
    // the ranking is over all points: lost ones need not be those that leave
    const lost = this.options.mix ? rank.slice(after, before.length) : new Int32Array(0);
    const mixes = { lost, border: lost.length === 0 ? lost : kept.slice(after - lost.length) };
    const [had, has] = [new Set(before), new Set(kept)];
    this.kept = kept;
    if (lost.length > 0) this.mixes.push(mixes);
    return {
      epoch,
      before: before.length,
      after,
      dropped: before.filter((point) => !has.has(point)),
      reEntered: kept.filter((point) => !had.has(point)),
      mixes,
      keptValue: this.meanScore(kept),
      droppedValue: this.meanScore(rank.slice(after)),
    };
  }

  /** Over points that were visited; NaN for none. */
  private meanScore(points: Int32Array): number {
    const seen = points.filter((point) => this.visits[point] > 0);
    return seen.reduce((sum, point) => sum + score(this.sums[point], this.visits[point]), 0) / seen.length;
  }
}
