import { BadImages, type LoaderReport } from "./bad-images.ts";
import type { BatchMemory, BatchTask } from "./batch-plan.ts";
import { DataOrder, type Origin } from "./data-order.ts";
import type { Dataset } from "./dataset.ts";
import {
  prepareLoader,
  type AnyLoaderOptions,
  type CommonClipOptions,
  type CommonLoaderOptions,
  type CommonSpectrumOptions,
} from "./loader-options.ts";
import { Prefetcher } from "./prefetcher.ts";
import { namedValues, rowKind, rowShape, type RowKind, type RowValues } from "./row-kind.ts";
import { epochOrder, type SamplerSpec } from "./sampling/sampler.ts";
import type { Targets } from "./targets.ts";
import { batchMaker, type BatchMaker } from "./worker-pool.ts";

/**
 * What a training step is fed with: `images` [B, 3, H, W], `clips` [B, T, 3, H, W] (or [B, V, T, 3, H, W] of V views), both
 * normalised, or `spectra` [B, 1, L]; and what stands beside them.
 */
export type Batch<K extends RowKind = "images"> = RowValues<K> & BatchFacts;

/** What a batch says of its rows. */
export interface BatchFacts {
  /** [B] */
  readonly labels: BigInt64Array<ArrayBuffer>;
  /** [B], indices into the data set */
  readonly indices: Int32Array<ArrayBuffer>;
  /** [B, grid, grid], 1 masked, 0 visible; with `masks`, one for all frames of a clip */
  readonly masks?: Float32Array<ArrayBuffer>;
  /** [B], moved with the images; with `targets` */
  readonly targets?: readonly (Targets | undefined)[];
  readonly step: number;
  readonly epoch: number;
}

/** Which steps a training loader gives. */
interface StepOptions {
  /** What an epoch consists of; every image once when absent. */
  readonly sampler?: SamplerSpec;
  /** The first step that `next` gives. */
  readonly start?: number;
  /**
   * From which step and epoch on `subset` holds: a training set that changes is a new loader with the step and the epoch
   * of the change. Step 0, epoch 0 when absent.
   */
  readonly origin?: Origin;
}

export interface LoaderOptions extends CommonLoaderOptions, StepOptions {}
export interface ClipLoaderOptions extends CommonClipOptions, StepOptions {}
export interface SpectrumLoaderOptions extends CommonSpectrumOptions, StepOptions {}

/**
 * Batches of steps `start`, `start` + 1, … without end. The batch of a step is a pure function of the options and the
 * step: the same bits with any number of workers, and after any resume.
 */
export interface Loader<K extends RowKind = "images"> {
  readonly dataset: Dataset;
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** Of a row: [3, H, W], [T, 3, H, W], [V, T, 3, H, W] or [1, L]. */
  readonly shape: readonly number[];
  /** Of every image; of a spectrum 1 and L. */
  readonly height: number;
  readonly width: number;
  /** One at a time: the next call after the last one's promise has settled. */
  next(): Promise<Batch<K>>;
  /**
   * Gives the rows of a batch back, whose memory then serves a later batch: a reader that does so keeps a fixed number of
   * batches in memory, which wander between the threads. Nothing of them may be read after it. Not to call it is
   * no mistake: each batch then has memory of its own.
   */
  recycle(batch: RowValues<K>): void;
  /** What was delivered and which images were left out, so far. */
  report(): LoaderReport;
  /** Ends the threads; a `next` under way rejects. */
  close(): Promise<void>;
}

/**
 * Opens a training loader (see `Loader`) of images, of clips with `clip`, of spectra with `spectrum`.
 *
 * @throws FoveaError `data/…` for a set that cannot be opened, fewer images than a batch, or images that come out of the
 * transforms in another size than `imageSize`. `next` throws `data/too-many-unreadable` above 1% unreadable images.
 */
export function createLoader(options: ClipLoaderOptions): Promise<Loader<"clips">>;
export function createLoader(options: SpectrumLoaderOptions): Promise<Loader<"spectra">>;
export function createLoader(options: LoaderOptions): Promise<Loader>;
export function createLoader(
  options: AnyLoaderOptions & StepOptions,
): Promise<Loader | Loader<"clips"> | Loader<"spectra">> {
  return openLoader(options, rowKind(options));
}

async function openLoader<K extends RowKind>(options: AnyLoaderOptions & StepOptions, kind: K): Promise<Loader<K>> {
  const { dataset, plan, indices } = await prepareLoader(options, options.split ?? "train");
  const epochs = epochOrder(options.sampler ?? { name: "shuffle" }, dataset, indices, plan.seed);
  const order = new DataOrder(epochs, plan.batchSize, { origin: options.origin, shard: plan.shard });
  const maker = batchMaker(dataset, plan, options.workers ?? 0);
  const tasks = trainingTasks(order, options.start ?? options.origin?.step ?? 0);
  const prefetcher = new Prefetcher(maker, tasks, prefetchDepth(maker, options));
  const bad = new BadImages(dataset.name, indices.length, kind);
  const given = new WeakSet<BatchMemory>(); // no memory comes back twice, and no stranger's
  return {
    dataset,
    stepsPerEpoch: order.stepsPerEpoch,
    batchSize: plan.batchSize,
    shape: rowShape(plan),
    height: plan.height,
    width: plan.width,
    async next() {
      const made = await prefetcher.next();
      if (made === undefined) throw new Error("the training tasks have no end");
      const { values, valid, bad: unreadable, ...arrays } = made.batch;
      bad.add(valid, unreadable);
      given.add(values);
      return { ...namedValues(kind, values), ...arrays, step: made.task.step, epoch: order.epochOf(made.task.step) };
    },
    recycle({ [kind]: values }) {
      if (given.delete(values)) maker.recycle(values);
    },
    report: () => bad.report(),
    close: () => maker.close(),
  };
}

/** Batches to make ahead: none without workers, where making one would only delay the caller. */
export const prefetchDepth = (maker: BatchMaker, { prefetch }: AnyLoaderOptions): number =>
  maker.workers === 0 ? 0 : (prefetch ?? 2 * maker.workers);

function* trainingTasks(order: DataOrder, start: number): Generator<BatchTask, never> {
  for (let step = start; ; step++) yield { kind: "train", step, indices: order.at(step) };
}
