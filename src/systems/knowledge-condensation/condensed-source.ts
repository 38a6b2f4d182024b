import type { BatchPlan, BatchTask } from "../../data/batch-plan.ts";
import { Prefetcher } from "../../data/prefetcher.ts";
import { epochOrder } from "../../data/sampling/sampler.ts";
import { unitNormalisation } from "../../data/transforms/normalise.ts";
import type { TransformSpec } from "../../data/transforms/transform.ts";
import { batchMaker, type BatchMaker } from "../../data/worker-pool.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import { generator } from "../../random/generator.ts";
import type { BatchSource, Feeds } from "../../train/task.ts";
import type { ExtraInput } from "./distillers/distiller.ts";
import type { CondensationMemory } from "./memory.ts";
import type { EpochPlan } from "./stages.ts";
import type { TrainingImages } from "./training-images.ts";

export interface CondensedSourceOptions {
  readonly images: TrainingImages;
  readonly plan: EpochPlan;
  readonly memory: CondensationMemory;
  readonly transforms: readonly TransformSpec[];
  readonly batchSize: number;
  readonly seed: number;
  readonly workers: number;
  /** Times that each image stands in a row, changed anew each time: 4 for SSKD. */
  readonly copies: number;
  readonly extra: readonly ExtraInput[];
}

/**
 * Batches of what is kept: each epoch shuffles the kept numbers in ascending order, as a loader of the whole set does, so
 * that a set that never shrinks gives that loader's batches to the bit. The last batch of an epoch may be shorter.
 */
export class CondensedSource implements BatchSource {
  readonly #options: CondensedSourceOptions;
  readonly #plan: BatchPlan;
  #maker: BatchMaker | undefined;
  #ahead: { readonly next: number; readonly end: number; readonly prefetcher: Prefetcher } | undefined;
  #last: { readonly step: number; readonly feeds: Feeds } | undefined;
  #order: { readonly epoch: number; readonly points: Int32Array } | undefined;

  constructor(options: CondensedSourceOptions) {
    const { images, transforms, batchSize, copies, seed } = options;
    const { width, height } = images.source;
    this.#options = options;
    this.#plan = {
      source: images.source,
      transforms,
      normalise: unitNormalisation,
      targets: false,
      shard: { rank: 0, world: 1 },
      seed,
      batchSize: batchSize * copies,
      height,
      width,
    };
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async next(step: number): Promise<Feeds> {
    const { memory, plan } = this.#options;
    memory.advanceTo(step);
    if (this.#last?.step === step) return this.#last.feeds;
    if (this.#ahead === undefined || this.#ahead.next !== step || step >= this.#ahead.end) {
      const end = plan.startOf(plan.epochOf(step) + 1); // the set may change there
      this.#maker ??= batchMaker(this.#options.images.dataset, this.#plan, this.#options.workers);
      const depth = 2 * this.#maker.workers;
      this.#ahead = { next: step, end, prefetcher: new Prefetcher(this.#maker, this.#tasks(step, end), depth) };
    }
    const made = await this.#ahead.prefetcher.next();
    if (made === undefined) throw new Error(`no batch for step ${step}`); // the epoch ends behind it
    this.#ahead = { ...this.#ahead, next: step + 1 };
    this.#last = { step, feeds: this.#feedsOf(step, made.batch.values) };
    return this.#last.feeds;
  }

  /** Numbers of the samples of a step, each once. */
  pointsOf(step: number): Int32Array {
    const { epoch, from, to } = this.#options.plan.places(step);
    if (this.#order?.epoch !== epoch) this.#order = { epoch, points: this.#shuffled(epoch) };
    return this.#order.points.subarray(from, to);
  }

  warnings(): readonly string[] {
    const { unreadable, name } = this.#options.images;
    return unreadable.slice(0, 10).map((i) => `image left out: ${name(i)} cannot be read`);
  }

  async close(): Promise<void> {
    await this.#maker?.close();
    this.#maker = undefined;
    this.#ahead = undefined;
  }

  #shuffled(epoch: number): Int32Array {
    const { images, memory, seed } = this.#options;
    const kept = memory.condenser.kept.slice().sort();
    return epochOrder({ name: "shuffle" }, images.dataset, kept, seed).at(epoch);
  }

  *#tasks(start: number, end: number): Generator<BatchTask, undefined> {
    const { copies } = this.#options;
    for (let step = start; step < end; step++) {
      const points = this.pointsOf(step);
      const indices = Int32Array.from({ length: points.length * copies }, (_, i) => points[Math.floor(i / copies)]);
      yield { kind: "train", step, indices };
    }
  }

  #feedsOf(step: number, made: Float32Array<ArrayBuffer>): Feeds {
    const { images, memory, copies, extra, seed } = this.#options;
    const points = this.pointsOf(step).slice();
    const { width, height } = images.source;
    const rows = points.length * copies;
    const numbers = (values: ArrayLike<number>): HostTensor =>
      hostTensor("int64", [values.length], BigInt64Array.from(Array.from(values), BigInt));
    const context = { indices: points, labels: images.labels, kept: memory.condenser.kept };
    return {
      images: hostTensor("float32", [rows, 3, height, width], made.subarray(0, rows * 3 * height * width)),
      labels: numbers(points.map((point) => images.labels[point])),
      indices: numbers(points),
      ...Object.fromEntries(
        extra.map((input) => [
          input.name,
          input.fill({ ...context, random: generator(seed, `distil/${input.name}`, step) }),
        ]),
      ),
    };
  }
}
