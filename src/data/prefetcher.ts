import type { AssembledBatch, BatchTask } from "./batch-plan.ts";
import type { BatchMaker } from "./worker-pool.ts";

/**
 * Has batches made ahead, in order, at most `depth` unfetched ones at a time: a slow consumer stops the makers, so memory
 * is bounded by depth × batch. Depth 0 makes each when it is asked for.
 */
export class Prefetcher {
  readonly #maker: BatchMaker;
  readonly #tasks: Iterator<BatchTask>;
  readonly #depth: number;
  readonly #queue: { readonly task: BatchTask; readonly batch: Promise<AssembledBatch> }[] = [];

  constructor(maker: BatchMaker, tasks: Iterator<BatchTask>, depth: number) {
    this.#maker = maker;
    this.#tasks = tasks;
    this.#depth = depth;
    this.#fill(depth);
  }

  /** The next task with its batch, or undefined after the last. */
  async next(): Promise<{ readonly task: BatchTask; readonly batch: AssembledBatch } | undefined> {
    this.#fill(Math.max(1, this.#depth));
    const first = this.#queue.shift();
    if (first === undefined) return undefined;
    const batch = await first.batch;
    this.#fill(this.#depth);
    return { task: first.task, batch };
  }

  #fill(depth: number): void {
    while (this.#queue.length < depth) {
      const { done, value } = this.#tasks.next();
      if (done === true) return;
      const task = value as BatchTask; // not done, so it is a task
      const batch = this.#maker.make(task);
      batch.catch(() => {}); // told to whoever asks for this batch; a closed loader's are asked for by nobody
      this.#queue.push({ task, batch });
    }
  }
}
