import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { FoveaError } from "../errors/fovea-error.ts";
import { fileCalls } from "./file-calls.node.ts";
import type { DirectoryContent, SavedDirectory } from "./save-directory.node.ts";
import { type Answer, type Task, perform } from "./saver-task.node.ts";

export interface SaveOptions {
  /**
   * Hands the chunks' memory over instead of copying it: the caller's arrays become empty. Only for memory that nothing
   * else uses. Default: copied before `save` returns, so the caller may go on at once.
   */
  readonly transfer?: boolean;
}

/**
 * Writes directories and files from a snapshot, in a worker thread, so that training goes on meanwhile. One save at a
 * time: a second call while one is in flight rejects (`busy` tells; `idle` waits). The promise resolves when the data
 * and its directory are on disk, and not before.
 */
export class Saver {
  #worker: Worker | undefined;
  #inFlight: Promise<unknown> | undefined;

  /** Whether a save is in flight. */
  get busy(): boolean {
    return this.#inFlight !== undefined;
  }

  /** Saves a new directory as `saveDirectorySync` does; the content is drawn and copied before this returns. */
  async save(target: string, content: DirectoryContent, options: SaveOptions = {}): Promise<SavedDirectory> {
    this.#checkFree(target);
    const files = [...content.files].map(([name, chunks]) => [name, snapshot(chunks, options)] as const);
    const fields = structuredClone(content.fields);
    return (await this.#start({ kind: "directory", target, files, fields })) as SavedDirectory; // this kind's answer
  }

  /** Saves one file as `commitFile` does; the chunks are drawn and copied before this returns. */
  async saveFile(
    target: string,
    chunks: Iterable<Uint8Array>,
    { overwrite = false, ...options }: SaveOptions & { readonly overwrite?: boolean } = {},
  ): Promise<void> {
    this.#checkFree(target);
    await this.#start({ kind: "file", target, chunks: snapshot(chunks, options), overwrite });
  }

  /** Resolves when no save is in flight; never rejects: its error goes to who called `save`. */
  async idle(): Promise<void> {
    await this.#inFlight?.catch(() => {});
  }

  /** Waits for the save in flight and ends the worker. */
  async dispose(): Promise<void> {
    await this.idle();
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #checkFree(target: string): void {
    if (this.busy) throw new Error(`a save is in flight; ${target} must wait for it`);
  }

  #start(task: Task): Promise<SavedDirectory | undefined> {
    const work = this.#run(task).finally(() => (this.#inFlight = undefined));
    this.#inFlight = work;
    return work;
  }

  async #run(task: Task): Promise<SavedDirectory | undefined> {
    const file = workerFile();
    if (file === undefined) return perform(fileCalls, task);
    this.#worker ??= new Worker(file, { name: "fovea-saver" });
    return ask(this.#worker, task).catch((error: unknown) => {
      if (!(error instanceof FoveaError)) this.#worker = undefined; // it may be gone: the next save starts another
      throw error;
    });
  }
}

/** Copies of `chunks`, or with `transfer` the chunks themselves. */
function snapshot(chunks: Iterable<Uint8Array>, { transfer = false }: SaveOptions): Uint8Array[] {
  return Array.from(chunks, (chunk) => (transfer ? chunk : chunk.slice()));
}

function ask(worker: Worker, task: Task): Promise<SavedDirectory | undefined> {
  const chunks = task.kind === "file" ? task.chunks : task.files.flatMap(([, chunks]) => chunks);
  // shared memory cannot be transferred; it is shared, and several chunks may lie in one buffer
  const buffers = chunks.map((chunk) => chunk.buffer).filter((buffer) => buffer instanceof ArrayBuffer);
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      worker.unref(); // an idle saver keeps no process alive
      act();
    };
    const onMessage = (answer: Answer): void =>
      settle(() => (answer.ok ? resolve(answer.saved) : reject(rebuilt(answer))));
    const onError = (error: unknown): void => settle(() => reject(error));
    const onExit = (code: number): void => settle(() => reject(new Error(`the saver's thread ended with ${code}`)));
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.ref();
    worker.postMessage(task, [...new Set(buffers)]);
  });
}

function rebuilt(answer: Extract<Answer, { ok: false }>): Error {
  const { code, message, hint, stack } = answer;
  if (code !== undefined) return new FoveaError(code, message, hint === undefined ? {} : { hint });
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/**
 * The compiled worker. When this file runs as TypeScript (tests), Node 20 cannot start a thread from the source: the
 * build in dist/ is used, and without one the save runs in this thread, to the same effect.
 */
function workerFile(): URL | undefined {
  const here = import.meta.url;
  if (here.endsWith(".js")) return new URL("./saver-worker.node.js", here);
  const built = new URL("../../dist/files/saver-worker.node.js", here);
  return existsSync(fileURLToPath(built)) ? built : undefined;
}
