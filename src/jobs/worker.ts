import { fork, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { listCheckpoints } from "../files/checkpoints.node.ts";
import type { ProgressEvent } from "../train/progress.ts";
import { readResult } from "./attempt.ts";
import { exitCodes, type JobMessage } from "./child-protocol.ts";
import type { JobQueue, Lease, Outcome } from "./queue.ts";

/** What happens to a job, for tables and records. */
export type JobEvent =
  | { readonly event: "started"; readonly name: string; readonly worker: string }
  | { readonly event: "progress"; readonly name: string; readonly progress: ProgressEvent }
  | { readonly event: "ended"; readonly name: string; readonly outcome: Outcome };

export interface WorkerOptions {
  /** For people: `worker 1`. */
  readonly name: string;
  /** Where the run called `name` lies. */
  runPath(name: string): string;
  onEvent?(event: JobEvent): void;
  /** Stops it: its child saves, and nothing new is taken. */
  readonly signal?: AbortSignal;
  /** Between SIGTERM and SIGKILL. Default 10 s. */
  readonly killAfterMs?: number;
  /** Between looks at a queue that has nothing to take. Default 0.5 s. */
  readonly pollMs?: number;
  /** The child's file. Default: ours, of the built package. */
  readonly entry?: string;
}

/** Lines of a child's standard error that are kept. */
const logLines = 20;

/**
 * Takes jobs one after another and runs each in a child process, until the queue has none that may still start here, or
 * `signal` is aborted. Its own part is small: it keeps the lease, and judges how the child ended.
 */
export async function work(queue: JobQueue, options: WorkerOptions): Promise<void> {
  const { signal, pollMs = 500 } = options;
  while (signal?.aborted !== true) {
    const lease = await queue.take(options.name);
    if (lease !== undefined) await runLease(lease, options);
    else if (await mayStillStart(queue)) await sleep(pollMs);
    else return;
  }
}

/** Whether waiting is worth while: a job is ready or at work, or waits for its next attempt or for one of these. */
async function mayStillStart(queue: JobQueue): Promise<boolean> {
  const alive = new Set<string>();
  for (const { job, state } of await queue.list()) {
    const { id } = job.run;
    if (state === "ready" || state === "active" || state === "done") alive.add(id);
    else if (state === "waiting" && Object.keys(job.needs).every((need) => alive.has(need))) alive.add(id);
    if (state !== "done" && alive.has(id)) return true;
  }
  return false;
}

async function runLease(lease: Lease, options: WorkerOptions): Promise<void> {
  const { name: worker, onEvent = () => {} } = options;
  const name = lease.job.run.id;
  onEvent({ event: "started", name, worker });
  let outcome: Outcome = { kind: "stopped" };
  try {
    outcome = await runChild(lease, options);
  } finally {
    await lease.finish(outcome);
    onEvent({ event: "ended", name, outcome });
  }
}

async function runChild(lease: Lease, options: WorkerOptions): Promise<Outcome> {
  const { runPath, onEvent = () => {}, killAfterMs = 10_000, entry = builtEntry() } = options;
  const name = lease.job.run.id;
  const directory = runPath(name);
  const before = lastStep(directory);
  const child = fork(entry, [directory], { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
  const tail = keepTail(child);
  child.on("message", (message: JobMessage) => onEvent({ event: "progress", name, progress: message.event }));
  const stopper = stopOn([lease.signal, options.signal], child, killAfterMs);
  const { code, killedBy } = await ended(child);
  const stopped = stopper.done();
  if (readResult(directory) !== undefined) return { kind: "done" };
  if (stopped) return { kind: "stopped" };
  const log = tail();
  const reason = log.split("\n").find((line) => line !== "") ?? `exit code ${code ?? killedBy ?? "unknown"}`;
  if (code === exitCodes.refused) return { kind: "refused", reason, log };
  if (code === exitCodes.busy) return { kind: "busy", reason };
  if (code === exitCodes.stopped) return { kind: "stopped" };
  if (code !== null) return { kind: "failed", reason, log };
  const progressed = lastStep(directory) > before;
  return { kind: "died", reason: `its process was ended by ${killedBy ?? "an unknown signal"}`, log, progressed };
}

const lastStep = (directory: string): number => listCheckpoints(join(directory, "checkpoints"))[0]?.step ?? 0;

/** job-process.js of the built package: Node 20 runs no TypeScript. */
function builtEntry(): string {
  const beside = fileURLToPath(new URL("./job-process.js", import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL("../../dist/jobs/job-process.js", import.meta.url));
}

function keepTail(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).split("\n").slice(-logLines - 1).join("\n").slice(-8192); // prettier-ignore
  });
  return () => text.trim();
}

/** SIGTERM to the child when one of `signals` is aborted, SIGKILL if that does not end it. */
function stopOn(signals: readonly (AbortSignal | undefined)[], child: ChildProcess, killAfterMs: number) {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    child.kill("SIGTERM");
    timer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  };
  for (const signal of signals) {
    if (signal?.aborted === true) stop();
    signal?.addEventListener("abort", stop);
  }
  return {
    /** Ends the watch. @returns whether the child was told to stop */
    done: (): boolean => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", stop);
      return stopped;
    },
  };
}

const ended = (child: ChildProcess): Promise<{ code: number | null; killedBy: string | null }> =>
  new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, killedBy) => resolve({ code, killedBy }));
  });
