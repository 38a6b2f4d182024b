import { FoveaError } from "../errors/fovea-error.ts";
import type { Shard } from "./batch-plan.ts";
import type { EpochOrder } from "./sampling/sampler.ts";

/** Which steps an order begins with: the step and epoch from which `indices` are in force. */
export interface Origin {
  readonly step: number;
  readonly epoch: number;
}

/**
 * The order of training images: that of the sampler in each epoch, dealt to the processes in turn and cut into batches,
 * the incomplete last one dropped. A pure function of the step.
 */
export class DataOrder {
  readonly stepsPerEpoch: number;
  readonly #order: EpochOrder;
  readonly #shard: Shard;
  readonly #batchSize: number;
  readonly #origin: Origin;
  #epoch = -1;
  #places: Int32Array = new Int32Array(0);

  /** @throws FoveaError `data/batch-size` where the order does not fill one batch. */
  constructor(
    order: EpochOrder,
    batchSize: number,
    {
      origin = { step: 0, epoch: 0 },
      shard = { rank: 0, world: 1 },
    }: { origin?: Origin | undefined; shard?: Shard } = {},
  ) {
    const images = Math.floor(order.length / shard.world);
    this.stepsPerEpoch = Math.floor(images / batchSize);
    if (this.stepsPerEpoch === 0) {
      throw new FoveaError(
        "data/batch-size",
        `batchSize ${batchSize}: there are only ${images} training images${shard.world > 1 ? ` for each of ${shard.world} processes` : ""}`,
        {
          hint: `choose batchSize of at most ${images}, or give more images`,
          exitCode: 2,
        },
      );
    }
    this.#order = order;
    this.#shard = shard;
    this.#batchSize = batchSize;
    this.#origin = origin;
  }

  epochOf(step: number): number {
    return this.#origin.epoch + Math.floor((step - this.#origin.step) / this.stepsPerEpoch);
  }

  /** Indices into the data set, one for each place in the batch of `step`. */
  at(step: number): Int32Array {
    const since = step - this.#origin.step;
    if (!Number.isSafeInteger(since) || since < 0) throw new RangeError(`step ${step} is before ${this.#origin.step}`);
    const epoch = this.epochOf(step);
    if (epoch !== this.#epoch) {
      this.#places = this.#order.at(epoch);
      this.#epoch = epoch;
    }
    const start = (since % this.stepsPerEpoch) * this.#batchSize;
    const { rank, world } = this.#shard;
    return Int32Array.from({ length: this.#batchSize }, (_, place) => this.#places[(start + place) * world + rank]);
  }
}
