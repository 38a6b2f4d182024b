import { inOrder, waitsFor, type Plan, type PlannedRun } from "../train/plan.ts";
import { recipeHash } from "../train/recipe.ts";
import type { Job } from "./job.ts";

export interface JobContext {
  /** Of fovea. */
  readonly version: string;
  /** What decides the images of a recipe (`dataFingerprint`), or undefined where it names none. */
  fingerprint(recipe: PlannedRun["recipe"]): Promise<string | undefined>;
}

/**
 * The jobs of a plan, each after those it needs. A job's id is the hash of its method, recipe, threads, code version and
 * data, and of the ids of the jobs it starts from: equal ids, equal bits. Where data and runs lie does not matter.
 */
export async function jobsOf(plan: Plan, { version, fingerprint }: JobContext): Promise<Job[]> {
  const ids = new Map<string, string>();
  const idOf = (run: string): string => ids.get(run) ?? ""; // in order: it was set before
  const jobs: Job[] = [];
  for (const run of inOrder(plan)) {
    const id = recipeHash(run.method, {
      recipe: withoutPlaces(run.recipe),
      threads: run.threads,
      version,
      data: await fingerprint(run.recipe),
      after: run.after.map(idOf),
      branch: run.branch === undefined ? undefined : { run: idOf(run.branch.run), step: run.branch.step },
      takes: Object.fromEntries(
        Object.entries(run.takes).map(([key, from]) => [key, typeof from === "string" ? idOf(from) : from.map(idOf)]),
      ),
    });
    ids.set(run.id, id);
    const needs = Object.fromEntries(waitsFor(run).map((need) => [need, idOf(need)]));
    jobs.push({ kind: "train", id, run, needs, version });
  }
  return jobs;
}

/** The data are known by their fingerprint, not by their folder. */
function withoutPlaces(recipe: PlannedRun["recipe"]): PlannedRun["recipe"] {
  const { data } = recipe;
  if (typeof data !== "object" || data === null) return recipe;
  const { root: _root, ...rest } = data as Record<string, unknown>; // an object, and not null
  return { ...recipe, data: rest };
}
