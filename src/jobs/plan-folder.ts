import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { commitFile, makeDirectory } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { parseJson } from "../files/json.ts";
import { defaultLimits } from "../files/limits.ts";
import { inOrder, parsePlan, type Plan } from "../train/plan.ts";
import { differences } from "../train/recipe-values.ts";
import { RunDirectory } from "../train/run-directory.ts";
import type { StudyContext } from "../train/study.ts";
import { readResult } from "./attempt.ts";
import { parseJob, type Job } from "./job.ts";

/** The folder of a plan: `runs/NAME/` with plan.json and a run directory `ID/` for each of its runs. */
export class PlanFolder {
  readonly path: string;
  readonly plan: Plan;

  private constructor(path: string, plan: Plan) {
    this.path = path;
    this.plan = plan;
  }

  /**
   * Makes the folder with the plan's jobs in it, or opens it where it holds the same plan already.
   *
   * @throws FoveaError `plan/other` (exit code 2) where it holds another one, naming the first difference
   */
  static create(path: string, plan: Plan, jobs: readonly Job[]): PlanFolder {
    const folder = new PlanFolder(resolve(path), plan);
    if (existsSync(folder.join("plan.json"))) checkSame(folder, PlanFolder.open(path));
    for (const job of jobs) {
      const before = folder.job(job.run.id);
      if (before !== undefined && before.id !== job.id) throw otherPlan(folder.path, changesOf(before, job));
    }
    for (const job of jobs) {
      makeDirectory(fileCalls, folder.runPath(job.run.id));
      if (folder.job(job.run.id) === undefined) folder.write(`${job.run.id}/job.json`, jsonText(job));
    }
    if (!existsSync(folder.join("plan.json"))) folder.write("plan.json", jsonText(plan)); // last: with it the folder is whole
    return folder;
  }

  /** @throws FoveaError `plan/missing` (exit code 2) where there is no plan.json */
  static open(path: string): PlanFolder {
    const file = join(resolve(path), "plan.json");
    if (!existsSync(file)) {
      throw new FoveaError("plan/missing", `${resolve(path)} holds no plan.json`, {
        hint: "name a folder that `fovea sweep` made",
        exitCode: 2,
      });
    }
    return new PlanFolder(resolve(path), parsePlan(readJson(file)));
  }

  join(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  /** Directory of the run called `id`. */
  runPath(id: string): string {
    return this.join(id);
  }

  /** The job of a run, as it was made. */
  job(id: string): Job | undefined {
    const file = this.join(id, "job.json");
    return existsSync(file) ? parseJob(readJson(file), file) : undefined;
  }

  /** Every job, each after those it needs, else in the order of the plan. */
  jobs(): Job[] {
    return inOrder(this.plan).flatMap(({ id }) => this.job(id) ?? []);
  }

  isDone(id: string): boolean {
    return readResult(this.runPath(id)) !== undefined;
  }

  /** What a study reads its results from. */
  context(name: string): StudyContext {
    return {
      name,
      plan: this.plan,
      done: (id) => (this.isDone(id) ? RunDirectory.open(this.runPath(id)) : undefined),
    };
  }

  /** Writes a file of the folder whole, replacing an older one; `name` may have folders in it. */
  write(name: string, content: string | Uint8Array): void {
    const path = this.join(...name.split("/"));
    makeDirectory(fileCalls, dirname(path));
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    commitFile(fileCalls, path, [bytes], { overwrite: true });
  }
}

const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const readJson = (file: string): unknown => parseJson(readFileBytes(file, defaultLimits.jsonBytes), { name: file });

function checkSame({ path, plan }: PlanFolder, before: PlanFolder): void {
  const ids = (one: Plan): string => one.runs.map(({ id }) => id).join(" ");
  if (ids(plan) === ids(before.plan)) return;
  throw otherPlan(path, `${before.plan.runs.length} runs of ${before.plan.name} → ${plan.runs.length} of ${plan.name}`);
}

function changesOf(before: Job, job: Job): string {
  const changed = differences({ ...before, id: "", needs: {} }, { ...job, id: "", needs: {} }).slice(0, 3);
  return `${job.run.id}: ${changed.length === 0 ? "its data" : changed.join("; ")}`;
}

const otherPlan = (path: string, what: string): FoveaError =>
  new FoveaError("plan/other", `${path} holds another plan: ${what}`, {
    hint: "choose another --name for it; a plan that has begun is not changed",
    exitCode: 2,
  });
