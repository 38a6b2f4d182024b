import { existsSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { FoveaError } from "../errors/fovea-error.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { commitFile, makeDirectory } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { parseJson } from "../files/json.ts";

const resultSchema = z.strictObject({
  job: z.string(),
  attempt: z.int().min(1),
  step: z.int().min(0),
  metrics: z.record(z.string(), z.number()),
  seconds: z.number(),
  /** ISO 8601. */
  ended: z.string(),
});

/** result.json of a run directory: the one sign that its job is done. */
export type JobResult = z.infer<typeof resultSchema>;

/** The result of the run in `directory`, or undefined while there is none. */
export function readResult(directory: string): JobResult | undefined {
  const file = join(directory, "result.json");
  if (!existsSync(file)) return undefined;
  return resultSchema.parse(parseJson(readFileBytes(file, 2 ** 20), { name: file }));
}

const attemptsOf = (directory: string): number[] => {
  const folder = join(directory, "attempts");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => (/^\d{1,6}$/.test(name) ? [Number(name)] : []));
};

/** One attempt at a job, which ends when a later one begins or a result is there. */
export class Attempt {
  private constructor(
    readonly directory: string,
    readonly number: number,
  ) {}

  /** Begins the next attempt: `attempts/N`, made so that no two processes get one N. */
  static begin(directory: string): Attempt {
    makeDirectory(fileCalls, join(directory, "attempts"));
    for (;;) {
      const number = Math.max(0, ...attemptsOf(directory)) + 1;
      const facts = { started: new Date().toISOString(), pid: process.pid, host: hostname() };
      if (create(join(directory, "attempts", String(number)), facts)) return new Attempt(directory, number);
    }
  }

  /** Why this attempt is not to go on: a later one, or a result; undefined while it is the one. */
  superseded(): string | undefined {
    if (existsSync(join(this.directory, "result.json"))) return "the job has its result";
    const latest = Math.max(...attemptsOf(this.directory));
    return latest > this.number ? `attempt ${latest} has begun after attempt ${this.number}` : undefined;
  }

  /** Commits the result, once for all attempts. @returns false where another attempt's is there, or a later one began */
  commit(result: Omit<JobResult, "attempt" | "ended">): boolean {
    if (this.superseded() !== undefined) return false;
    return create(join(this.directory, "result.json"), {
      ...result,
      attempt: this.number,
      ended: new Date().toISOString(),
    });
  }
}

/** A new file that nothing may have; false where there is one. */
function create(path: string, value: object): boolean {
  try {
    commitFile(fileCalls, path, [new TextEncoder().encode(`${JSON.stringify(value)}\n`)]);
    return true;
  } catch (error) {
    if (error instanceof FoveaError && error.code === "files/eexist") return false;
    throw error;
  }
}
