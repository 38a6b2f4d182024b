export { parseJob, type Job } from "./job.ts";
export { jobsOf, type JobContext } from "./job-id.ts";
export { dataFingerprints } from "./data-fingerprint.ts";
export {
  defaultRetries,
  type JobQueue,
  type JobState,
  type JobStatus,
  type Lease,
  type Outcome,
  type RetryRules,
} from "./queue.ts";
export { LocalQueue, type LocalQueueOptions } from "./local-queue.ts";
export { PlanFolder } from "./plan-folder.ts";
export { Attempt, readResult, type JobResult } from "./attempt.ts";
export { work, type JobEvent, type WorkerOptions } from "./worker.ts";
export { sweep, type SweepOptions } from "./sweep.ts";
export { estimatePlan, secondsWith, type PlanEstimate, type RunEstimate } from "./estimate.ts";
