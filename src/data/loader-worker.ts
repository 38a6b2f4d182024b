import { parentPort, workerData } from "node:worker_threads";
import { FoveaError } from "../errors/fovea-error.ts";
import { assembleBatch } from "./assemble-batch.ts";
import type { AssembledBatch, BatchMemory, BatchPlan, BatchTask } from "./batch-plan.ts";
import { cachedDataset } from "./cache/image-cache.ts";
import { openSource } from "./open-source.ts";

/** To the worker: a batch to make. */
export interface WorkerRequest {
  readonly id: number;
  readonly task: BatchTask;
  /** Memory to write the rows to, which is the worker's from here on. */
  readonly memory?: BatchMemory | undefined;
}

/** From the worker. An error does not survive the way as an instance of its class, so its parts are sent. */
export type WorkerReply =
  | { readonly id: number; readonly batch: AssembledBatch }
  | { readonly id: number; readonly refusal: Refusal }
  | { readonly id: number; readonly bug: unknown };

/** The parts of a FoveaError. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2;
}

const plan = workerData as BatchPlan; // what worker-pool.ts sends
const source = openSource(plan.source);
const dataset = plan.cache === undefined ? source : cachedDataset(source, plan.cache);

parentPort?.on("message", async ({ id, task, memory }: WorkerRequest) => {
  try {
    const batch = await assembleBatch(dataset, plan, task, memory);
    const masks = batch.masks === undefined ? [] : [batch.masks.buffer];
    reply({ id, batch }, [batch.values.buffer, batch.labels.buffer, batch.indices.buffer, ...masks]);
  } catch (error) {
    reply(error instanceof FoveaError ? { id, refusal: partsOf(error) } : { id, bug: error });
  }
});

function reply(message: WorkerReply, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

const partsOf = ({ code, message, hint, exitCode }: FoveaError): Refusal => ({ code, message, hint, exitCode });
