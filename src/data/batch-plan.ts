import type { DatasetSource } from "./dataset-source.ts";
import type { CacheSpec } from "./cache/image-cache.ts";
import type { ClipSpec } from "./sampling/clip-spec.ts";
import type { SpectrumSpec } from "./spectra/spectrum-row.ts";
import type { MaskSpec } from "./masks/mask-spec.ts";
import type { Targets } from "./targets.ts";
import type { Normalisation } from "./transforms/normalise.ts";
import type { ErasingSpec } from "./transforms/random-erasing.ts";
import type { TransformSpec } from "./transforms/transform.ts";

/** What all batches of a loader have in common, as plain data for its workers. */
export interface BatchPlan {
  readonly source: DatasetSource;
  readonly transforms: readonly TransformSpec[];
  readonly normalise: Normalisation;
  readonly masks?: MaskSpec | undefined;
  readonly erasing?: ErasingSpec | undefined;
  readonly cache?: CacheSpec | undefined;
  /** Whether the batch carries the targets, moved with the images. */
  readonly targets: boolean;
  /** Rows are clips of these frames. */
  readonly clip?: ClipSpec | undefined;
  /** Rows are spectra. */
  readonly spectrum?: SpectrumSpec | undefined;
  readonly shard: Shard;
  readonly seed: number;
  readonly batchSize: number;
  /** Of every image after the transforms; of a spectrum 1 and L. */
  readonly height: number;
  readonly width: number;
}

/** Which of several processes that train together this one is. */
export interface Shard {
  /** 0 to `world` − 1 */
  readonly rank: number;
  readonly world: number;
}

/** One batch to make. */
export interface BatchTask {
  /** `train` has fresh streams for each (step, place) and replaces unreadable images; `evaluate` one for each index. */
  readonly kind: "train" | "evaluate";
  readonly step: number;
  /** Indices into the data set, at most `batchSize`. */
  readonly indices: Int32Array;
}

/** Where the rows of a batch stand, [B, …] of `rowShape`; handed from thread to thread, never copied. */
export type BatchMemory = Float32Array<ArrayBuffer>;

/** An image, clip or spectrum that could not be read. */
export interface BadImage {
  readonly index: number;
  readonly message: string;
}

/** A batch with what came up while it was made. Places from `valid` on hold zeros and the index −1. */
export interface AssembledBatch {
  /** [B, …] of `rowShape`: images, clips or spectra */
  readonly values: BatchMemory;
  /** [B] */
  readonly labels: BigInt64Array<ArrayBuffer>;
  /** [B], indices into the data set of what is really there */
  readonly indices: Int32Array<ArrayBuffer>;
  /** [B, grid, grid], 1 masked */
  readonly masks?: Float32Array<ArrayBuffer>;
  /** [B], with `targets` */
  readonly targets?: readonly (Targets | undefined)[];
  readonly valid: number;
  readonly bad: readonly BadImage[];
}
