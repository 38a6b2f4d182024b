import { BadImages, type LoaderReport } from "./bad-images.ts";
import type { BatchMemory, BatchTask } from "./batch-plan.ts";
import { DataOrder, type Origin } from "./data-order.ts";
import type { Dataset } from "./dataset.ts";
import { prepareLoader, type CommonLoaderOptions } from "./loader-options.ts";
import { Prefetcher } from "./prefetcher.ts";
import { epochOrder, type SamplerSpec } from "./sampling/sampler.ts";
import type { Targets } from "./targets.ts";
import { batchMaker, type BatchMaker } from "./worker-pool.ts";

/** What a training step is fed with. */
export interface Batch {
  /** [B, 3, H, W], normalised */
  readonly images: Float32Array<ArrayBuffer>;
  /** [B] */
  readonly labels: BigInt64Array<ArrayBuffer>;
  /** [B], indices into the data set */
  readonly indices: Int32Array<ArrayBuffer>;
  /** [B, grid, grid], 1 masked, 0 visible; with `masks` */
  readonly masks?: Float32Array<ArrayBuffer>;
  /** [B], moved with the images; with `targets` */
  readonly targets?: readonly (Targets | undefined)[];
  readonly step: number;
  readonly epoch: number;
}

export interface LoaderOptions extends CommonLoaderOptions {
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

/**
 * Batches of steps `start`, `start` + 1, … without end. The batch of a step is a pure function of the options and the
 * step: the same bits with any number of workers, and after any resume.
 */
export interface Loader {
  readonly dataset: Dataset;
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** Of every image. */
  readonly height: number;
  readonly width: number;
  /** One at a time: the next call after the last one's promise has settled. */
  next(): Promise<Batch>;
  /**
   * Gives the images of a batch back, whose memory then serves a later batch: a reader that does so keeps a fixed number of
   * batches in memory, which wander between the threads. Nothing of `batch.images` may be read after it. Not to call it is
   * no mistake: each batch then has memory of its own.
   */
  recycle(batch: Pick<Batch, "images">): void;
  /** What was delivered and which images were left out, so far. */
  report(): LoaderReport;
  /** Ends the threads; a `next` under way rejects. */
  close(): Promise<void>;
}

/**
 * Opens a training loader (see `Loader`).
 *
 * @throws FoveaError `data/…` for a set that cannot be opened, fewer images than a batch, or images that come out of the
 * transforms in another size than `imageSize`. `next` throws `data/too-many-unreadable` above 1% unreadable images.
 */
export async function createLoader(options: LoaderOptions): Promise<Loader> {
  const { dataset, plan, indices } = await prepareLoader(options, options.split ?? "train");
  const epochs = epochOrder(options.sampler ?? { name: "shuffle" }, dataset, indices, plan.seed);
  const order = new DataOrder(epochs, plan.batchSize, { origin: options.origin, shard: plan.shard });
  const maker = batchMaker(dataset, plan, options.workers ?? 0);
  const tasks = trainingTasks(order, options.start ?? options.origin?.step ?? 0);
  const prefetcher = new Prefetcher(maker, tasks, prefetchDepth(maker, options));
  const bad = new BadImages(dataset.name, indices.length);
  const given = new WeakSet<BatchMemory>(); // no memory comes back twice, and no stranger's
  return {
    dataset,
    stepsPerEpoch: order.stepsPerEpoch,
    batchSize: plan.batchSize,
    height: plan.height,
    width: plan.width,
    async next() {
      const made = await prefetcher.next();
      if (made === undefined) throw new Error("the training tasks have no end");
      const { valid, bad: unreadable, ...arrays } = made.batch;
      bad.add(valid, unreadable);
      given.add(arrays.images);
      return { ...arrays, step: made.task.step, epoch: order.epochOf(made.task.step) };
    },
    recycle({ images }) {
      if (given.delete(images)) maker.recycle(images);
    },
    report: () => bad.report(),
    close: () => maker.close(),
  };
}

/** Batches to make ahead: none without workers, where making one would only delay the caller. */
export const prefetchDepth = (maker: BatchMaker, { prefetch }: CommonLoaderOptions): number =>
  maker.workers === 0 ? 0 : (prefetch ?? 2 * maker.workers);

function* trainingTasks(order: DataOrder, start: number): Generator<BatchTask, never> {
  for (let step = start; ; step++) yield { kind: "train", step, indices: order.at(step) };
}
