import { FoveaError } from "../errors/fovea-error.ts";
import { generator } from "../random/generator.ts";
import { transformNamed } from "./assemble-batch.ts";
import type { BatchPlan, Shard } from "./batch-plan.ts";
import { cachedDataset, type CacheSpec } from "./cache/image-cache.ts";
import type { Dataset } from "./dataset.ts";
import type { DatasetSpecInput } from "./dataset-spec.ts";
import { openDataset } from "./open-dataset.ts";
import type { RawImage, Sample } from "./image.ts";
import { maskGenerator, type MaskSpec } from "./masks/mask-spec.ts";
import type { Split } from "./split.ts";
import { unitNormalisation, type Normalisation } from "./transforms/normalise.ts";
import { sizePair, type Size } from "./transforms/size.ts";
import type { ErasingSpec } from "./transforms/random-erasing.ts";
import type { TransformSpec } from "./transforms/transform.ts";

/** What training loaders and evaluations have in common. */
export interface CommonLoaderOptions {
  /** A spec, which is opened, or an opened set. */
  readonly dataset: DatasetSpecInput | Dataset;
  /** Of a spec. */
  readonly split?: Split;
  /** In this order; all images must come out in one size. */
  readonly transforms?: readonly TransformSpec[];
  /** Pixels to [0, 1] when absent. */
  readonly normalise?: Normalisation;
  /** A mask for each image. */
  readonly masks?: MaskSpec;
  /** What the model expects; checked before the first batch. */
  readonly imageSize?: Size;
  /** Boxes of noise, after `normalise`. */
  readonly erasing?: ErasingSpec;
  /** Decoded images on disk, between epochs and runs; not together with `targets`. */
  readonly cache?: CacheSpec;
  /** Whether batches carry the targets, moved with the images; false when absent. */
  readonly targets?: boolean;
  /**
   * Of several processes that train together, each with this `batchSize`: places are dealt in turn, so that the batches of
   * one step, taken together, are the same images with the same changes for any `world`.
   */
  readonly shard?: Shard;
  /** Of one process. */
  readonly batchSize: number;
  readonly seed?: number;
  /** Threads; 0: the caller's own. The batches do not depend on it. */
  readonly workers?: number;
  /** Batches made ahead, at most: 2 for each worker when absent. Without workers nothing is made ahead. */
  readonly prefetch?: number;
  /** Indices into the data set that are used, repeats allowed; all when absent. */
  readonly subset?: ArrayLike<number>;
}

/** Options with everything opened and checked. */
export interface PreparedLoader {
  readonly dataset: Dataset;
  readonly plan: BatchPlan;
  readonly indices: Int32Array;
}

/** Opens the set, checks the options, and reads one image to learn the size of all. */
export async function prepareLoader(options: CommonLoaderOptions, split: Split): Promise<PreparedLoader> {
  const { transforms = [], normalise = unitNormalisation, masks, batchSize, seed = 0 } = options;
  const { erasing, cache, targets = false, shard = { rank: 0, world: 1 } } = options;
  const uncached = await opened(options.dataset, split);
  const dataset = cache === undefined ? uncached : cachedDataset(uncached, cache);
  checkCount("batchSize", batchSize, 1);
  checkCount("workers", options.workers ?? 0, 0);
  checkCount("prefetch", options.prefetch ?? 1, 1);
  checkCount("shard.world", shard.world, 1);
  checkCount("shard.rank", shard.rank, 0, shard.world - 1);
  if (cache !== undefined && targets) throw cacheWithTargets(dataset);
  if (masks !== undefined) maskGenerator(masks);
  const indices = options.subset === undefined ? allOf(dataset) : checkedSubset(options.subset, dataset);
  const first = await firstReadable(dataset, indices);
  const { image } = transformNamed({ image: first.image }, first.id, { transforms }, generator(seed, "data/probe"));
  const { width, height } = image;
  if (options.imageSize !== undefined) checkSize(first, image, options.imageSize);
  return {
    dataset,
    plan: {
      source: dataset.source,
      transforms,
      normalise,
      masks,
      erasing,
      cache,
      targets,
      shard,
      seed,
      batchSize,
      height,
      width,
    },
    indices,
  };
}

async function opened(dataset: DatasetSpecInput | Dataset, split: Split): Promise<Dataset> {
  return "read" in dataset ? dataset : openDataset(dataset, split);
}

const allOf = ({ length }: Dataset): Int32Array => Int32Array.from({ length }, (_, i) => i);

function checkedSubset(subset: ArrayLike<number>, dataset: Dataset): Int32Array {
  const indices = Array.from(subset);
  const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= dataset.length);
  if (wrong === undefined && indices.length > 0) return Int32Array.from(indices);
  const what = wrong === undefined ? "is empty" : `has index ${wrong}; ${dataset.name} has 0 to ${dataset.length - 1}`;
  throw new FoveaError("data/subset", `subset ${what}`, { exitCode: 2 });
}

/** One unreadable image must not hide the size of all others; after a hundred there is nothing to train on. */
async function firstReadable(dataset: Dataset, indices: Int32Array): Promise<Sample> {
  let problem: unknown;
  for (const index of indices.subarray(0, 100)) {
    try {
      return await dataset.read(index);
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      problem ??= error;
    }
  }
  throw problem;
}

function checkSize({ id, image: before }: Sample, { width, height }: RawImage, wanted: Size): void {
  const [needHeight, needWidth] = sizePair(wanted);
  if (width === needWidth && height === needHeight) return;
  const changed = before.width === width && before.height === height ? "" : " after the transforms";
  const message = `${id}: ${width}×${height} pixels${changed} (width × height), the model expects ${needWidth}×${needHeight}`;
  throw new FoveaError("data/image-size", message, {
    hint: `set the model's imageSize to ${height}, or add { name: "resize", size: [${needHeight}, ${needWidth}] } to the transforms`,
    exitCode: 2,
  });
}

const cacheWithTargets = ({ name }: Dataset): FoveaError =>
  new FoveaError("data/loader", `${name}: cache keeps images without their targets, but targets are asked for`, {
    hint: "leave out cache or targets",
    exitCode: 2,
  });

function checkCount(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw new FoveaError("data/loader", `${name} ${value}: an integer ${range} is needed`, { exitCode: 2 });
}
