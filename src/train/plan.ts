import { z } from "zod";
import { FoveaError } from "../errors/fovea-error.ts";
import { nearest } from "../errors/nearest.ts";
import { setAt, type Values } from "./recipe-values.ts";

const runId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "use a-z, 0-9, '.', '_', '-', at most 64, first a letter or digit");

/** One training of a plan. */
export const plannedRunSchema = z.strictObject({
  /** Names the run's directory in the plan's folder. */
  id: runId,
  /** Its method, as the catalogue knows it. */
  method: z.string().min(1),
  /** Resolved recipe, but for what `takes` and `branch` put in. */
  recipe: z.record(z.string(), z.unknown()),
  /** For run.json and people: `data-scaling/study`. */
  recipeName: z.string().min(1).optional(),
  /** Runs that must be done before, beside those that it branches off or takes from. */
  after: z.array(runId).readonly().default([]),
  /** Starts from that run's checkpoint of that step, with its moments and step count. */
  branch: z.strictObject({ run: runId, step: z.int().min(1) }).optional(),
  /**
   * Directories of other runs put into the recipe: `{ "init.from": "pretrain" }`, `{ "modules": ["m1", "m2"] }`. A list
   * keeps its order.
   */
  takes: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$/), z.union([runId, z.array(runId).readonly()])).default({}), // prettier-ignore
  /** Threads inside one operator: part of the run, since its bits may depend on it. */
  threads: z.int().min(1).default(1),
  /** Facts for tables and filters: `{ size: "B", images: 256, seed: 0 }`. */
  labels: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
});

const planSchema = z.strictObject({
  /** `data-scaling/study`: what made it. */
  name: z.string().min(1),
  runs: z.array(plannedRunSchema).min(1).readonly(),
});

/** One training of a plan: plain data. */
export type PlannedRun = z.infer<typeof plannedRunSchema>;
/** As written: what has a default may be left out. */
export type PlanInput = z.input<typeof planSchema>;
/** Several trainings and what each waits for: plan.json of `runs/NAME/`, in whose `ID/` each run lies. */
export type Plan = z.infer<typeof planSchema>;

/**
 * Checks a plan: ids are unique, whatever a run refers to is in the plan, and nothing waits for itself.
 *
 * @throws FoveaError `plan/…` (exit code 2) that names the run and what is wrong with it
 */
export function parsePlan(value: unknown): Plan {
  const result = planSchema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new FoveaError("plan/invalid", `plan: ${problems.slice(0, 4).join("; ")}`, { exitCode: 2 });
  }
  const plan = result.data;
  const ids = plan.runs.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw new FoveaError("plan/twice", `plan: two runs are called ${twice}`, { exitCode: 2 });
  for (const run of plan.runs) checkReferences(run, new Set(ids));
  inOrder(plan);
  return plan;
}

function checkReferences(run: PlannedRun, ids: ReadonlySet<string>): void {
  const unknown = waitsFor(run).find((id) => !ids.has(id));
  if (unknown === undefined) return;
  const guess = nearest(unknown, [...ids]);
  throw new FoveaError("plan/unknown", `plan: ${run.id} waits for ${unknown}, which is no run of the plan`, {
    ...(guess === undefined ? {} : { hint: `did you mean ${guess}?` }),
    exitCode: 2,
  });
}

/** Ids of the runs that must be done before `run` starts, each once. */
export function waitsFor({ after, branch, takes }: Pick<PlannedRun, "after" | "branch" | "takes">): string[] {
  return [...new Set([...after, ...(branch === undefined ? [] : [branch.run]), ...Object.values(takes).flat()])];
}

/**
 * The runs so that each comes after all it waits for; among those that may be next, the plan's own order.
 *
 * @throws FoveaError `plan/cycle` that names runs which wait for each other
 */
export function inOrder({ runs }: Pick<Plan, "runs">): PlannedRun[] {
  const ordered: PlannedRun[] = [];
  const done = new Set<string>();
  let left = [...runs];
  while (left.length > 0) {
    const next = left.find((run) => waitsFor(run).every((id) => done.has(id)));
    if (next === undefined) {
      throw new FoveaError("plan/cycle", `plan: ${left.map(({ id }) => id).join(", ")} wait for each other`, {
        exitCode: 2,
      });
    }
    ordered.push(next);
    done.add(next.id);
    left = left.filter((run) => run !== next);
  }
  return ordered;
}

/** The recipe with what other runs give: their directories, where `directoryOf` says they lie, and the branch. */
export function recipeOf(run: PlannedRun, directoryOf: (id: string) => string): Values {
  const taken = Object.entries(run.takes).reduce<Values>(
    (values, [path, ids]) =>
      setAt(values, path.split("."), typeof ids === "string" ? directoryOf(ids) : ids.map(directoryOf)),
    run.recipe,
  );
  if (run.branch === undefined) return taken;
  return { ...taken, branch: { run: directoryOf(run.branch.run), step: run.branch.step } };
}
