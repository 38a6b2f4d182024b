import { FoveaError } from "../errors/fovea-error.ts";
import { differences, type Values } from "./recipe-values.ts";
import { RunDirectory } from "./run-directory.ts";
import type { BaseRecipe } from "./task.ts";
import { readTrainingCheckpoint, type ResumePoint } from "./training-checkpoint.ts";

/**
 * The checkpoint of another run that `recipe.branch` names, with moments, memory and step count; undefined where the
 * recipe names none. If the two recipes agree up to that step, the run has the bits of one that was trained alone.
 *
 * @throws FoveaError `branch/…` (exit code 2) for a run of another method, or a step of which there is no checkpoint
 */
export function branchPoint(recipe: BaseRecipe, method: string, log: (line: string) => void): ResumePoint | undefined {
  if (recipe.branch === undefined) return undefined;
  const { run, step } = recipe.branch;
  const trunk = RunDirectory.open(run);
  const before = trunk.readRecipe();
  if (before.method !== method) {
    throw new FoveaError("branch/method", `branch.run ${run} is a run of ${before.method}, expected ${method}`, {
      exitCode: 2,
    });
  }
  const steps = trunk.checkpoints().map((checkpoint) => checkpoint.step);
  if (!steps.includes(step)) {
    throw new FoveaError(
      "branch/step",
      `branch.step ${step}: ${run} has checkpoints of ${steps.join(", ") || "no step"}`,
      {
        hint: `train it with checkpoints.at=[${step}]`,
        exitCode: 2,
      },
    );
  }
  const { fields, ...point } = readTrainingCheckpoint(trunk.checkpoint(step).path);
  const changed = differences(withoutPlace(before.values), withoutPlace(recipe as unknown as Values));
  log(
    `branches off ${trunk.name} at step ${step}${changed.length > 0 ? `; other than there: ${changed.join("; ")}` : ""}`,
  );
  const { metric: _theirBest, ...own } = fields;
  return { ...point, branched: true, fields: { ...own, metricsBytes: 0, attempt: 0, metrics: {} } };
}

/** A recipe without what says where it starts and what it saves. */
function withoutPlace({ branch: _branch, init: _init, checkpoints: _checkpoints, ...rest }: Values): Values {
  return rest;
}
