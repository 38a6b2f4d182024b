import { BadImages, type LoaderReport } from "./bad-images.ts";
import type { AssembledBatch, BatchTask } from "./batch-plan.ts";
import type { Dataset } from "./dataset.ts";
import { prefetchDepth } from "./loader.ts";
import {
  prepareLoader,
  type AnyLoaderOptions,
  type CommonClipOptions,
  type CommonLoaderOptions,
  type CommonSpectrumOptions,
} from "./loader-options.ts";
import { Prefetcher } from "./prefetcher.ts";
import { namedValues, rowKind, rowShape, type RowKind, type RowValues } from "./row-kind.ts";
import { batchMaker } from "./worker-pool.ts";

/**
 * Images, clips or spectra in order. Places from `valid` on are padding: zeros, label 0 and index −1. Masks and random transforms depend on
 * the seed and the image alone, so that every model meets the same ones.
 */
export type EvaluationBatch<K extends RowKind = "images"> = RowValues<K> & Omit<AssembledBatch, "values" | "bad">;

/** All images of a set, batch by batch, as often as it is iterated. */
export interface EvaluationBatches<K extends RowKind = "images"> extends AsyncIterable<EvaluationBatch<K>> {
  readonly dataset: Dataset;
  /** Images, the unreadable ones included. */
  readonly count: number;
  /** Batches of one pass. */
  readonly batches: number;
  readonly batchSize: number;
  /** Of a row, as `Loader.shape`. */
  readonly shape: readonly number[];
  readonly height: number;
  readonly width: number;
  report(): LoaderReport;
  close(): Promise<void>;
}

/** Opens the held-out split, or `split`, for evaluation. @throws FoveaError as `createLoader`. */
export function evaluationBatches(options: CommonClipOptions): Promise<EvaluationBatches<"clips">>;
export function evaluationBatches(options: CommonSpectrumOptions): Promise<EvaluationBatches<"spectra">>;
export function evaluationBatches(options: CommonLoaderOptions): Promise<EvaluationBatches>;
export function evaluationBatches(
  options: AnyLoaderOptions,
): Promise<EvaluationBatches | EvaluationBatches<"clips"> | EvaluationBatches<"spectra">> {
  return openEvaluation(options, rowKind(options));
}

async function openEvaluation<K extends RowKind>(options: AnyLoaderOptions, kind: K): Promise<EvaluationBatches<K>> {
  const { dataset, plan, indices: all } = await prepareLoader(options, options.split ?? "val");
  const { rank, world } = plan.shard;
  const indices = all.filter((_, place) => place % world === rank);
  const maker = batchMaker(dataset, plan, options.workers ?? 0);
  const bad = new BadImages(dataset.name, indices.length, kind);
  return {
    dataset,
    count: indices.length,
    batches: Math.ceil(indices.length / plan.batchSize),
    batchSize: plan.batchSize,
    shape: rowShape(plan),
    height: plan.height,
    width: plan.width,
    async *[Symbol.asyncIterator]() {
      const prefetcher = new Prefetcher(maker, evaluationTasks(indices, plan.batchSize), prefetchDepth(maker, options));
      for (let made = await prefetcher.next(); made !== undefined; made = await prefetcher.next()) {
        const { values, bad: unreadable, ...rest } = made.batch;
        bad.add(rest.valid, unreadable);
        yield { ...namedValues(kind, values), ...rest };
      }
    },
    report: () => bad.report(),
    close: () => maker.close(),
  };
}

function* evaluationTasks(indices: Int32Array, batchSize: number): Generator<BatchTask, undefined> {
  for (let start = 0, step = 0; start < indices.length; start += batchSize, step++) {
    yield { kind: "evaluate", step, indices: indices.slice(start, start + batchSize) };
  }
}
