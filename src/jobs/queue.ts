import type { Job } from "./job.ts";

/**
 * How a job stands. `waiting`: for other jobs, or for its next attempt; `done` when its run directory holds its result,
 * whatever the queue thinks; `failed`: refused, or failed too often; `set-aside`: it took its worker down too often.
 */
export type JobState = "waiting" | "ready" | "active" | "done" | "failed" | "set-aside" | "cancelled";

/** A row of `fovea jobs ls`. */
export interface JobStatus {
  readonly job: Job;
  readonly state: JobState;
  /** Attempts that failed, and workers that died, since the last progress. */
  readonly failures: number;
  readonly deaths: number;
  /** Why it failed or was set aside, or what it waits for. */
  readonly reason?: string;
  /** The end of the log of the attempt that failed last. */
  readonly log?: string;
  /** When the next attempt may start, in milliseconds since 1970. */
  readonly notBefore?: number;
}

/** How an attempt ended, as its worker saw it. */
export type Outcome =
  /** The result is in the run directory. */
  | { readonly kind: "done" }
  /** Stopped from outside: no fault of the job's. */
  | { readonly kind: "stopped" }
  /** Somebody else is writing the run: later. */
  | { readonly kind: "busy"; readonly reason: string }
  /** The recipe or the data are wrong: never tried again. */
  | { readonly kind: "refused"; readonly reason: string; readonly log: string }
  | { readonly kind: "failed"; readonly reason: string; readonly log: string }
  /** The process died; `progressed`: it had saved a checkpoint since it started. */
  | { readonly kind: "died"; readonly reason: string; readonly log: string; readonly progressed: boolean };

/** A job that this worker alone may run, until it says how it ended. */
export interface Lease {
  readonly job: Job;
  /** Aborted when the job is no longer ours (lease lost, reason "lost") or no longer wanted (reason "cancelled"). */
  readonly signal: AbortSignal;
  /** Gives the job back. After a lost lease it says nothing to anybody. */
  finish(outcome: Outcome): Promise<void>;
}

/** Where jobs wait. Delivers at least once; that a result is committed once is the run directory's doing. */
export interface JobQueue {
  /** Adds jobs; those that are there already stay as they are. */
  add(jobs: readonly Job[]): Promise<void>;
  /** The next job that may run, under a lease; undefined when none may now. */
  take(worker: string): Promise<Lease | undefined>;
  list(): Promise<readonly JobStatus[]>;
  /** @throws FoveaError `job/unknown` (exit code 2), with the nearest name; so do the two below */
  status(name: string): Promise<JobStatus>;
  cancel(name: string): Promise<void>;
  /** Makes a failed, set-aside or cancelled job ready again; what it saved stays. */
  retry(name: string): Promise<void>;
}

/** Numbers of the rules, each an option: tests use short ones. */
export interface RetryRules {
  /** Attempts that may fail. */
  readonly attempts: number;
  /** Workers that may die in a row without progress between. */
  readonly deaths: number;
  /** First wait before another attempt; doubled each time, with jitter. */
  readonly backOffMs: number;
}

export const defaultRetries: RetryRules = { attempts: 3, deaths: 3, backOffMs: 10_000 };
