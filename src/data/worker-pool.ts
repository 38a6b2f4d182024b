import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { FoveaError } from "../errors/fovea-error.ts";
import { assembleBatch } from "./assemble-batch.ts";
import type { AssembledBatch, BatchMemory, BatchPlan, BatchTask } from "./batch-plan.ts";
import type { Dataset } from "./dataset.ts";
import type { WorkerReply, WorkerRequest } from "./loader-worker.ts";

/** Makes batches somewhere. */
export interface BatchMaker {
  /** Threads besides the caller's. */
  readonly workers: number;
  make(task: BatchTask): Promise<AssembledBatch>;
  /** Takes the memory of a batch that nobody reads any more, for one of the next. */
  recycle(memory: BatchMemory): void;
  close(): Promise<void>;
}

/**
 * `workers` threads that make batches of `plan`; 0 makes them in the caller's thread. Where there is no built worker file
 * (the sources run as they are, under vitest) it is the caller's thread too: the batches are the same.
 */
export function batchMaker(dataset: Dataset, plan: BatchPlan, workers: number): BatchMaker {
  const file = fileURLToPath(new URL("./loader-worker.js", import.meta.url));
  return workers > 0 && existsSync(file) ? new WorkerPool(file, plan, workers) : ownThread(dataset, plan);
}

function ownThread(dataset: Dataset, plan: BatchPlan): BatchMaker {
  const free: BatchMemory[] = [];
  return {
    workers: 0,
    make: (task) => assembleBatch(dataset, plan, task, free.pop()),
    recycle: (memory) => void free.push(memory),
    close: () => Promise.resolve(),
  };
}

interface Waiting {
  readonly worker: Worker;
  resolve(batch: AssembledBatch): void;
  reject(error: unknown): void;
}

class WorkerPool implements BatchMaker {
  readonly #threads: readonly Worker[];
  readonly #waiting = new Map<number, Waiting>();
  readonly #free: BatchMemory[] = [];
  #nextId = 0;
  #failure: Error | undefined;

  constructor(file: string, plan: BatchPlan, workers: number) {
    this.#threads = Array.from({ length: workers }, () => this.#start(file, plan));
  }

  get workers(): number {
    return this.#threads.length;
  }

  make(task: BatchTask): Promise<AssembledBatch> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    const worker = this.#leastBusy();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { worker, resolve, reject });
      worker.ref(); // keeps the process alive while somebody waits
      const memory = this.#free.pop();
      worker.postMessage({ id, task, memory } satisfies WorkerRequest, memory === undefined ? [] : [memory.buffer]);
    });
  }

  recycle(memory: BatchMemory): void {
    this.#free.push(memory);
  }

  async close(): Promise<void> {
    this.#fail(new Error("the loader was closed"));
    await Promise.all(this.#threads.map((worker) => worker.terminate()));
  }

  #start(file: string, plan: BatchPlan): Worker {
    const worker = new Worker(file, { workerData: plan, name: "fovea-loader" });
    worker.unref();
    worker.on("message", (reply: WorkerReply) => this.#settle(reply));
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", (code) => this.#fail(new Error(`a loader thread ended (exit code ${code})`)));
    return worker;
  }

  #leastBusy(): Worker {
    const loads = new Map(this.#threads.map((worker) => [worker, 0]));
    for (const { worker } of this.#waiting.values()) loads.set(worker, (loads.get(worker) ?? 0) + 1);
    return this.#threads.reduce((best, worker) => ((loads.get(worker) ?? 0) < (loads.get(best) ?? 0) ? worker : best));
  }

  #settle(reply: WorkerReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (waiting === undefined) return;
    if (![...this.#waiting.values()].some(({ worker }) => worker === waiting.worker)) waiting.worker.unref();
    if ("batch" in reply) return waiting.resolve(reply.batch);
    if ("bug" in reply) return waiting.reject(reply.bug);
    const { code, message, hint, exitCode } = reply.refusal;
    waiting.reject(new FoveaError(code, message, { ...(hint === undefined ? {} : { hint }), exitCode }));
  }

  /** A thread that is gone takes the whole loader with it: the batches after it would wait for ever. */
  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
