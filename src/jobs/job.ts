import { z } from "zod";
import { FoveaError } from "../errors/fovea-error.ts";
import { plannedRunSchema } from "../train/plan.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** A job is data, checked wherever it is read. Its kind is from this list; nothing in it names code to run. */
const jobSchema = z.strictObject({
  kind: z.literal("train"),
  /** Hash of recipe, code version and data: added twice, it is one job. */
  id: hash,
  /** Its run, as the plan says it. */
  run: plannedRunSchema,
  /** Ids of the jobs that must be done before, by the names of their runs. */
  needs: z.record(z.string(), hash),
  /** Of fovea, when the job was made. */
  version: z.string(),
});

export type Job = z.infer<typeof jobSchema>;

/** A job is a small thing: no images, no weights. */
const jobBytes = 64 * 1024;

/** @throws FoveaError `job/…` (exit code 2), naming `source` and the field */
export function parseJob(value: unknown, source: string): Job {
  const size = JSON.stringify(value)?.length ?? 0;
  if (size > jobBytes) {
    throw new FoveaError("job/size", `${source}: a job of ${size} bytes, at most ${jobBytes} are taken`, {
      exitCode: 2,
    });
  }
  const result = jobSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new FoveaError("job/invalid", `${source} is no job: ${problems.slice(0, 4).join("; ")}`, { exitCode: 2 });
}
