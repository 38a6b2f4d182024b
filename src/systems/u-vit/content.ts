import type { BatchSource, Feeds } from "../../train/task.ts";

/** Clean images or latents of a step, with what belongs to them. */
export interface CleanBatch {
  /** x₀, [B, C, S, S] */
  readonly images: Float32Array<ArrayBuffer>;
  /** [B] */
  readonly labels: BigInt64Array<ArrayBuffer>;
  /** [B], indices into the set; −1 in places of an evaluation that are padding. */
  readonly indices: Int32Array;
  readonly step: number;
}

/** Held-out ones, in order. */
export interface HeldOutBatch extends Omit<CleanBatch, "step"> {
  /** Places from here on are padding. */
  readonly valid: number;
}

/** What a model generates: pixels in [−1, 1], or latents of an autoencoder. */
export interface Content {
  readonly channels: number;
  /** S */
  readonly size: number;
  /** By label. */
  readonly classNames: readonly string[];
  /** Training images, for the length of an epoch. */
  readonly count: number;
  /** Training batches; `feedsOf` is a pure function of the batch. */
  source(feedsOf: (batch: CleanBatch) => Feeds): BatchSource;
  /** The first `count` held-out images, without augmentation. */
  heldOut(count: number, batchSize: number): AsyncIterable<HeldOutBatch> | Promise<AsyncIterable<HeldOutBatch>>;
  /** Captions of image `index` of the training split. */
  captions?(index: number): Promise<readonly string[]>;
}
