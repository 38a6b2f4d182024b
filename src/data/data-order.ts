import { FoveaError } from "../errors/fovea-error.ts";
import { generator } from "../random/generator.ts";

/** Which steps an order begins with: the step and epoch from which `indices` are in force. */
export interface Origin {
  readonly step: number;
  readonly epoch: number;
}

/**
 * The order of training images: in each epoch a permutation of `indices` by the stream (seed, "data/order", epoch), cut
 * into batches, the incomplete last one dropped. A pure function of the step.
 */
export class DataOrder {
  readonly stepsPerEpoch: number;
  readonly #indices: Int32Array;
  readonly #batchSize: number;
  readonly #seed: number;
  readonly #origin: Origin;
  #epoch = -1;
  #permutation: Uint32Array = new Uint32Array(0);

  /** @throws FoveaError `data/batch-size` where `indices` do not fill one batch. */
  constructor(indices: Int32Array, batchSize: number, seed: number, origin: Origin = { step: 0, epoch: 0 }) {
    this.stepsPerEpoch = Math.floor(indices.length / batchSize);
    if (this.stepsPerEpoch === 0) {
      throw new FoveaError(
        "data/batch-size",
        `batchSize ${batchSize}: there are only ${indices.length} training images`,
        {
          hint: `choose batchSize of at most ${indices.length}, or give more images`,
          exitCode: 2,
        },
      );
    }
    this.#indices = indices;
    this.#batchSize = batchSize;
    this.#seed = seed;
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
      this.#permutation = generator(this.#seed, "data/order", epoch).permutation(this.#indices.length);
      this.#epoch = epoch;
    }
    const start = (since % this.stepsPerEpoch) * this.#batchSize;
    const places = this.#permutation.subarray(start, start + this.#batchSize);
    return Int32Array.from(places, (place) => this.#indices[place]);
  }
}
