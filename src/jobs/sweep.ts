import { AppendFile } from "../files/append-file.node.ts";
import { LocalQueue, type LocalQueueOptions } from "./local-queue.ts";
import type { PlanFolder } from "./plan-folder.ts";
import type { JobStatus } from "./queue.ts";
import { work, type JobEvent, type WorkerOptions } from "./worker.ts";

export interface SweepOptions
  extends Pick<WorkerOptions, "signal" | "killAfterMs" | "pollMs" | "entry">, LocalQueueOptions {
  /** Jobs that run at the same time. */
  readonly workers: number;
  onEvent?(event: JobEvent): void;
}

/**
 * Carries out the plan of `folder` with N workers of this process; what is done is skipped, what had begun goes on. Several
 * such processes may work on one folder. Returns how every job stands when none may start any more.
 */
export async function sweep(folder: PlanFolder, options: SweepOptions): Promise<readonly JobStatus[]> {
  const { workers, onEvent = () => {}, signal, killAfterMs, pollMs, entry } = options;
  const queue = new LocalQueue(folder, options);
  await queue.add(folder.jobs());
  const record = new AppendFile(folder.join("events.jsonl"));
  const worker = (number: number): Promise<void> =>
    work(queue, {
      name: `worker ${number + 1}`,
      runPath: (name) => folder.runPath(name),
      onEvent: (event) => {
        if (event.event !== "progress") record.appendLine(JSON.stringify({ time: new Date().toISOString(), ...event }));
        onEvent(event);
      },
      ...(signal === undefined ? {} : { signal }),
      ...(killAfterMs === undefined ? {} : { killAfterMs }),
      ...(pollMs === undefined ? {} : { pollMs }),
      ...(entry === undefined ? {} : { entry }),
    });
  try {
    await Promise.all(Array.from({ length: workers }, (_, number) => worker(number)));
    return await queue.list();
  } finally {
    record.close();
  }
}
