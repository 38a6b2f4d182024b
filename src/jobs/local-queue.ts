import { existsSync } from "node:fs";
import { z } from "zod";
import { unknownName } from "../errors/unknown-name.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { makeDirectory } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { parseJson } from "../files/json.ts";
import { acquireRunLock, readRunLock } from "../files/run-lock.node.ts";
import { FoveaError } from "../errors/fovea-error.ts";
import type { Job } from "./job.ts";
import type { PlanFolder } from "./plan-folder.ts";
import { defaultRetries, type JobQueue, type JobState, type JobStatus, type Lease, type Outcome, type RetryRules } from "./queue.ts"; // prettier-ignore

const entrySchema = z.strictObject({
  state: z.enum(["queued", "failed", "set-aside", "cancelled"]),
  failures: z.int().min(0),
  deaths: z.int().min(0),
  notBefore: z.number().optional(),
  reason: z.string().optional(),
  log: z.string().optional(),
});
/** What the queue itself knows of a job: `.queue/ID.json`. What is done, and who is at it, the run directory says. */
type Entry = z.infer<typeof entrySchema>;

const fresh: Entry = { state: "queued", failures: 0, deaths: 0 };

export interface LocalQueueOptions {
  readonly retries?: RetryRules;
  /** How often a lease is renewed, and others' cancelling looked for. Default 15 s and 1 s. */
  readonly beatMs?: number;
  readonly watchMs?: number;
  /** After how long without renewal a lease of another host is taken over. Default 60 s. */
  readonly staleAfterMs?: number;
}

/**
 * A queue on a folder: one JSON file and one lease file a job, for processes of one machine or of machines that share the
 * folder. Nothing in it is needed to know what is done: an empty `.queue/` starts every job that has no result.
 */
export class LocalQueue implements JobQueue {
  private readonly jobs: ReadonlyMap<string, Job>;

  constructor(
    private readonly folder: PlanFolder,
    private readonly options: LocalQueueOptions = {},
  ) {
    this.jobs = new Map(folder.jobs().map((job) => [job.run.id, job]));
  }

  add(jobs: readonly Job[]): Promise<void> {
    for (const { run } of jobs) if (!existsSync(this.entryPath(run.id))) this.save(run.id, fresh);
    return Promise.resolve();
  }

  async take(): Promise<Lease | undefined> {
    const states = this.states();
    for (const [name, { job, state }] of states) {
      if (state !== "ready") continue;
      const lease = await this.lease(job);
      if (lease !== undefined) return lease;
      states.set(name, { job, state: "active", failures: 0, deaths: 0 });
    }
    return undefined;
  }

  list(): Promise<readonly JobStatus[]> {
    return Promise.resolve([...this.states().values()]);
  }

  status(name: string): Promise<JobStatus> {
    this.named(name);
    return Promise.resolve(this.states().get(name) as JobStatus); // every job has one
  }

  cancel(name: string): Promise<void> {
    const job = this.named(name);
    if (!this.folder.isDone(job.run.id))
      this.save(name, { ...this.entry(name), state: "cancelled", reason: "cancelled" });
    return Promise.resolve();
  }

  retry(name: string): Promise<void> {
    this.named(name);
    this.save(name, fresh);
    return Promise.resolve();
  }

  private states(): Map<string, JobStatus> {
    const known = new Map<string, JobStatus>();
    for (const [name, job] of this.jobs) known.set(name, this.statusOf(job, known));
    return known;
  }

  /** @param before the states of the jobs that it may wait for: each stands after those it needs */
  private statusOf(job: Job, before: ReadonlyMap<string, JobStatus>): JobStatus {
    const name = job.run.id;
    const entry = this.entry(name);
    const of = (state: JobState, reason = entry.reason): JobStatus => {
      const { failures, deaths, log, notBefore } = entry;
      return { job, state, failures, deaths, ...defined({ reason, log, notBefore }) };
    };
    if (this.folder.isDone(name)) return of("done");
    if (readRunLock(this.leasePath(name))?.alive === true) return of("active");
    if (entry.state !== "queued") return of(entry.state);
    const missing = Object.keys(job.needs).filter((need) => before.get(need)?.state !== "done");
    if (missing.length > 0) return of("waiting", `waits for ${missing.join(", ")}`);
    return of((entry.notBefore ?? 0) > Date.now() ? "waiting" : "ready");
  }

  private async lease(job: Job): Promise<Lease | undefined> {
    const { beatMs = 15_000, staleAfterMs = 60_000, watchMs = 1000 } = this.options;
    const name = job.run.id;
    const controller = new AbortController();
    makeDirectory(fileCalls, this.leasePath(name));
    const lock = await acquireRunLock(this.leasePath(name), {
      beatMs,
      staleAfterMs,
      onLost: () => controller.abort("lost"),
    }).catch((error: unknown) => {
      if (error instanceof FoveaError && error.code === "lock/held") return undefined;
      throw error;
    });
    if (lock === undefined) return undefined;
    if (this.folder.isDone(name) || this.entry(name).state !== "queued") {
      lock.release(); // done or cancelled between the look and the lease
      return undefined;
    }
    const watch = setInterval(() => {
      if (this.entry(name).state === "cancelled") controller.abort("cancelled");
    }, watchMs);
    return {
      job,
      signal: controller.signal,
      finish: (outcome) => {
        clearInterval(watch);
        if (lock.check()) this.settle(name, outcome);
        lock.release();
        return Promise.resolve();
      },
    };
  }

  private settle(name: string, outcome: Outcome): void {
    const entry = this.entry(name);
    if (outcome.kind === "done" || outcome.kind === "stopped" || entry.state === "cancelled") return;
    this.save(name, entryAfter(entry, outcome, this.options.retries ?? defaultRetries));
  }

  private named(name: string): Job {
    const job = this.jobs.get(name);
    if (job === undefined) throw unknownName("job/unknown", "job", name, [...this.jobs.keys()]);
    return job;
  }

  private entry(name: string): Entry {
    const file = this.entryPath(name);
    if (!existsSync(file)) return fresh;
    return entrySchema.parse(parseJson(readFileBytes(file, 2 ** 20), { name: file }));
  }

  private save(name: string, entry: Entry): void {
    this.folder.write(`.queue/${name}.json`, `${JSON.stringify(entry)}\n`);
  }

  private readonly entryPath = (name: string): string => this.folder.join(".queue", `${name}.json`);
  private readonly leasePath = (name: string): string => this.folder.join(".queue", name);
}

type Bad = Exclude<Outcome, { kind: "done" | "stopped" }>;

/** What the queue remembers after an attempt that did not end well. */
export function entryAfter(entry: Entry, outcome: Bad, { attempts, deaths, backOffMs }: RetryRules): Entry {
  const wait = (times: number): number => Date.now() + backOffMs * 2 ** (times - 1) * (0.75 + 0.5 * Math.random());
  const said = { reason: outcome.reason, ...("log" in outcome ? { log: outcome.log } : {}) };
  switch (outcome.kind) {
    case "busy":
      return { ...entry, notBefore: wait(1), reason: outcome.reason };
    case "refused":
      return { ...entry, ...said, state: "failed", failures: entry.failures + 1 };
    case "failed": {
      const failures = entry.failures + 1;
      if (failures >= attempts) return { ...entry, ...said, failures, state: "failed" };
      return { ...entry, ...said, failures, notBefore: wait(failures) };
    }
    case "died": {
      const died = outcome.progressed ? 1 : entry.deaths + 1;
      if (died >= deaths) return { ...entry, ...said, deaths: died, state: "set-aside" };
      return { ...entry, ...said, deaths: died, notBefore: wait(died) };
    }
  }
}

/** Without the keys that hold nothing. */
function defined(values: { reason?: string | undefined; log?: string | undefined; notBefore?: number | undefined }) {
  return {
    ...(values.reason === undefined ? {} : { reason: values.reason }),
    ...(values.log === undefined ? {} : { log: values.log }),
    ...(values.notBefore === undefined ? {} : { notBefore: values.notBefore }),
  };
}
