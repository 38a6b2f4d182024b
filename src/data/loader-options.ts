import { FoveaError } from "../errors/fovea-error.ts";
import { generator } from "../random/generator.ts";
import { transformNamed } from "./assemble-batch.ts";
import type { BatchPlan, Shard } from "./batch-plan.ts";
import { cachedDataset, type CacheSpec } from "./cache/image-cache.ts";
import type { Dataset } from "./dataset.ts";
import type { DatasetSpecInput } from "./dataset-spec.ts";
import { openDataset } from "./open-dataset.ts";
import type { RawImage, Sample } from "./image.ts";
import { readClip } from "./clips/read-clip.ts";
import { clipFrames, clipSchema, type ClipSpec } from "./sampling/clip-spec.ts";
import { readSpectrum } from "./spectra/read-spectrum.ts";
import { spectrumRow, spectrumSchema, type SpectrumSpec } from "./spectra/spectrum-row.ts";
import { maskGenerator, type MaskSpec } from "./masks/mask-spec.ts";
import type { Split } from "./split.ts";
import { unitNormalisation, type Normalisation } from "./transforms/normalise.ts";
import { sizePair, type Size } from "./transforms/size.ts";
import type { ErasingSpec } from "./transforms/random-erasing.ts";
import type { TransformSpec } from "./transforms/transform.ts";

/** What all loaders and evaluations have in common. */
interface RowOptions {
  /** A spec, which is opened, or an opened set. */
  readonly dataset: DatasetSpecInput | Dataset;
  /** Of a spec. */
  readonly split?: Split;
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

/** What training loaders and evaluations of images have in common. */
export interface CommonLoaderOptions extends RowOptions {
  readonly clip?: undefined;
  readonly spectrum?: undefined;
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
}

/**
 * Of clips: each row is the frames that `clip` chooses of a video, a folder of frames or a drawn clip. Transforms, mask and
 * erasing are drawn once for a clip and are the same in all its frames.
 */
export interface CommonClipOptions extends Omit<CommonLoaderOptions, "clip" | "cache"> {
  readonly clip: ClipSpec;
}

/** Of spectra, which have no transforms of images. */
export interface CommonSpectrumOptions extends RowOptions {
  readonly clip?: undefined;
  readonly spectrum: SpectrumSpec;
}

/** Any of them. */
export type AnyLoaderOptions = CommonLoaderOptions | CommonClipOptions | CommonSpectrumOptions;

/** Their fields, as the code reads them. */
type Fields = Omit<CommonLoaderOptions, "clip" | "spectrum"> & {
  readonly clip?: ClipSpec | undefined;
  readonly spectrum?: SpectrumSpec | undefined;
};

/** Options with everything opened and checked. */
export interface PreparedLoader {
  readonly dataset: Dataset;
  readonly plan: BatchPlan;
  readonly indices: Int32Array;
}

/** Opens the set, checks the options, and reads one image to learn the size of all. */
export async function prepareLoader(options: AnyLoaderOptions, split: Split): Promise<PreparedLoader> {
  const fields: Fields = options;
  checkRows(fields);
  const { clip, spectrum } = fields;
  const { transforms = [], normalise = unitNormalisation, masks, batchSize, seed = 0 } = fields;
  const { erasing, cache, targets = false, shard = { rank: 0, world: 1 } } = fields;
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
  const { width, height } =
    spectrum === undefined
      ? await imageSizeOf(dataset, indices, fields)
      : await spectrumSizeOf(dataset, indices, spectrum);
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
      clip,
      spectrum,
      shard,
      seed,
      batchSize,
      height,
      width,
    },
    indices,
  };
}

/** Of an image after the transforms, by the first that can be read. */
async function imageSizeOf(
  dataset: Dataset,
  indices: Int32Array,
  { clip, transforms = [], seed = 0, imageSize }: Fields,
): Promise<Pick<RawImage, "width" | "height">> {
  const read = (set: Dataset, index: number): Promise<Sample> =>
    clip === undefined ? set.read(index) : readClip(set, index, (total) => clipFrames(total, clip).slice(0, 1));
  const first = await firstReadable(dataset, indices, read);
  const { image } = transformNamed({ image: first.image }, first.id, { transforms }, generator(seed, "data/probe"));
  if (imageSize !== undefined) checkSize(first, image, imageSize);
  return image;
}

/** Makes one row, so that a set that does not fit `spectrum` is refused before the first batch. */
async function spectrumSizeOf(
  dataset: Dataset,
  indices: Int32Array,
  spectrum: SpectrumSpec,
): Promise<Pick<RawImage, "width" | "height">> {
  const row = await firstReadable(dataset, indices, async (set, i) =>
    spectrumRow(await readSpectrum(set, i), spectrum),
  );
  return { width: row.length, height: 1 };
}

/** Of what is no image some options have no meaning. */
function checkRows(fields: Fields): void {
  const { clip, spectrum } = fields;
  if (clip !== undefined && spectrum !== undefined) throw mixed("clip", "spectrum");
  const foreign = (["transforms", "normalise", "masks", "imageSize", "erasing", "cache", "targets"] as const).find(
    (name) => fields[name] !== undefined && (spectrum !== undefined || (clip !== undefined && name === "cache")),
  );
  if (foreign !== undefined) throw mixed(spectrum === undefined ? "clip" : "spectrum", foreign);
  for (const [name, schema, value] of [
    ["clip", clipSchema, clip],
    ["spectrum", spectrumSchema, spectrum],
  ] as const) {
    const problems = value === undefined ? [] : (schema.safeParse(value).error?.issues ?? []);
    if (problems.length === 0) continue;
    const texts = problems.map(({ path, message }) => `${[name, ...path].map(String).join(".")}: ${message}`);
    throw new FoveaError("data/loader", texts.join("; "), { exitCode: 2 });
  }
}

const mixed = (what: string, other: string): FoveaError =>
  new FoveaError("data/loader", `${other} is given together with ${what}: a batch holds images, clips or spectra`, {
    hint: `leave out ${other} or ${what}; images are cached, clips and spectra are not`,
    exitCode: 2,
  });

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
async function firstReadable<T>(
  dataset: Dataset,
  indices: Int32Array,
  read: (dataset: Dataset, index: number) => Promise<T>,
): Promise<T> {
  let problem: unknown;
  for (const index of indices.subarray(0, 100)) {
    try {
      return await read(dataset, index);
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
