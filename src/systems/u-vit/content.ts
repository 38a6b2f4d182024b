import type { BatchSource, Feeds } from "../../train/task.ts";

/** Clean images or latents of a step, with what belongs to them. */
export interface CleanBatch {
  /** x₀, [B, C, S, S] */
  readonly images: Float32Array<ArrayBuffer>;
  /** [B] */
  readonly labels: BigInt64Array<ArrayBuffer>;
  /** [B], indices into the set; −1 in places of an evaluation that are padding. */
  readonly indices: Int32Array;
  /** [B], where the set has captions and they were asked for. */
  readonly captions?: readonly (readonly string[])[];
  readonly step: number;
}

/** Held-out ones, in order. */
export interface HeldOutBatch extends Omit<CleanBatch, "step"> {
  /** Places from here on are padding. */
  readonly valid: number;
}

/** What a model generates: pixels in [−1, 1], or latents of an autoencoder. Data are not needed to know it. */
export interface Generated {
  readonly channels: number;
  /** S */
  readonly size: number;
  /** By label. */
  readonly classNames: readonly string[];
  /** [n, C, S, S] → images [n, 3, H, H], about in [−1, 1]. */
  decode(values: Float64Array, count: number): Promise<Float32Array | Float64Array>;
  /** Frees what decoding holds. */
  close(): Promise<void>;
}

/** The images that a model learns to generate. */
export interface Content extends Generated {
  /** Training images, for the length of an epoch. */
  readonly count: number;
  /** Training batches; `feedsOf` is a pure function of the batch. */
  source(feedsOf: (batch: CleanBatch) => Feeds): BatchSource;
  /** The first `count` held-out images, without augmentation. */
  heldOut(count: number, batchSize: number): Promise<AsyncIterable<HeldOutBatch>>;
}
