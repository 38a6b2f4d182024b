import { availableParallelism } from "node:os";
import { findMethod } from "../systems/catalogue.ts";
import { inOrder, waitsFor, type Plan, type PlannedRun } from "../train/plan.ts";
import { checkRecipe, recipeHash } from "../train/recipe.ts";
import type { BaseRecipe } from "../train/task.ts";
import { timeTask, type TaskTiming } from "../train/time-task.ts";

/** What one run of a plan costs. */
export interface RunEstimate {
  readonly id: string;
  /** Its own updates: without those of the run it branches off. */
  readonly updates: number;
  readonly flops: number;
  readonly seconds: number;
}

export interface PlanEstimate {
  readonly runs: readonly RunEstimate[];
  readonly updates: number;
  readonly flops: number;
  /** One run after another. */
  readonly seconds: number;
  /** The longest chain of runs that wait for each other: no number of workers is faster. */
  readonly criticalSeconds: number;
}

/** Starting a process, and saving and reporting at its end; measured, about. */
const processSeconds = 1.5;

/**
 * Times a few steps and each evaluation of every kind of run in `plan` on this machine, one at a time, and adds up. Runs
 * that differ in seed, length, images or schedule alone are of one kind.
 */
export async function estimatePlan(plan: Plan, log: (line: string) => void): Promise<PlanEstimate> {
  const timings = new Map<string, TaskTiming>();
  const shapes = new Map<string, Promise<Length>>();
  const runs: RunEstimate[] = [];
  for (const run of plan.runs) {
    const method = findMethod(run.method);
    const recipe = checkRecipe(method, run.recipe);
    const kind = recipeHash(run.method, { ...kindOf(recipe), threads: run.threads });
    let timing = timings.get(kind);
    if (timing === undefined) {
      log(`timing ${run.id}, one of its kind`);
      timings.set(kind, (timing = await timeTask(method, recipe, { threads: run.threads, device: "cpu" })));
    }
    const shape = recipeHash(run.method, shapeOf(recipe));
    let length = shapes.get(shape);
    if (length === undefined) shapes.set(shape, (length = lengthOf(run, recipe)));
    runs.push(estimateRun(run, timing, await length));
  }
  const sum = (of: (run: RunEstimate) => number): number => runs.reduce((total, run) => total + of(run), 0);
  return {
    runs,
    updates: sum(({ updates }) => updates),
    flops: sum(({ flops }) => flops),
    seconds: sum(({ seconds }) => seconds),
    criticalSeconds: criticalPath(plan, runs),
  };
}

/** Updates of a run, and how often it is evaluated, which only its task knows. */
interface Length {
  readonly steps: number;
  /** By the evaluation's name: every so many updates, or at the end only. */
  readonly every: ReadonlyMap<string, number | undefined>;
}

async function lengthOf(run: PlannedRun, recipe: BaseRecipe): Promise<Length> {
  const { init: _init, branch: _branch, ...alone } = recipe;
  const task = await findMethod(run.method).task({ ...alone, init: {} }, { seed: recipe.seed, log: () => {} });
  await task.source.close();
  return { steps: task.steps, every: new Map(task.evaluations.map(({ name, every }) => [name, every])) };
}

function estimateRun({ id, branch }: PlannedRun, timing: TaskTiming, { steps, every }: Length): RunEstimate {
  const from = branch?.step ?? 0;
  const updates = steps - from;
  const rounds = (interval: number | undefined): number => {
    if (interval === undefined) return 1; // at the end
    const due = Math.floor(steps / interval) - Math.floor(from / interval);
    return due + (steps % interval === 0 ? 0 : 1) + (from > 0 ? 1 : 0); // a branch measures its start too
  };
  const evaluating = [...timing.evaluations].reduce((sum, [name, each]) => sum + rounds(every.get(name)) * each, 0);
  return {
    id,
    updates,
    flops: updates * timing.flopsPerStep,
    seconds: processSeconds + timing.startSeconds + updates * timing.secondsPerStep + evaluating,
  };
}

/** What decides how long a step takes. */
function kindOf(recipe: BaseRecipe): object {
  const { steps: _steps, epochs: _epochs, optimiser: _optimiser, data, validation, ...kind } = shapeOf(recipe);
  const { subset: _subset, ...images } = data as Record<string, unknown>; // made by shapeOf
  const { every: _every, ...evaluated } = (validation ?? {}) as Record<string, unknown>; // an object in every schema
  return { ...kind, data: images, validation: evaluated };
}

/** What decides how long a run is: not its seed, nor which images it draws, nor where it starts. */
function shapeOf(recipe: BaseRecipe): Record<string, unknown> {
  const { seed: _seed, init: _init, branch: _branch, checkpoints: _checkpoints, logEvery: _log, ...rest } = recipe;
  const { data, ...others } = rest as Record<string, unknown>;
  const { subset: _subset, ...images } = (data ?? {}) as Record<string, unknown>;
  const byEpoch = recipe.steps === undefined ? { subset: _subset } : {};
  return { ...others, data: { ...images, ...byEpoch } };
}

function criticalPath(plan: Plan, runs: readonly RunEstimate[]): number {
  const seconds = new Map(runs.map((run) => [run.id, run.seconds]));
  const ends = new Map<string, number>();
  for (const run of inOrder(plan)) {
    const starts = Math.max(0, ...waitsFor(run).map((id) => ends.get(id) ?? 0));
    ends.set(run.id, starts + (seconds.get(run.id) ?? 0));
  }
  return Math.max(...ends.values());
}

/** Seconds with so many workers, whose threads share the cores of this machine. */
export function secondsWith(
  { seconds, criticalSeconds }: Pick<PlanEstimate, "seconds" | "criticalSeconds">,
  { workers, threads }: { readonly workers: number; readonly threads: number },
): number {
  const slower = Math.max(1, (workers * threads) / availableParallelism());
  return slower * Math.max(seconds / workers, criticalSeconds);
}
