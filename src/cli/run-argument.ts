import { findMethod } from "../systems/catalogue.ts";
import { RunDirectory } from "../train/run-directory.ts";
import type { BaseRecipe, Method } from "../train/task.ts";

/** RUN of the command line: a run's directory or its name below `out`, with the method that it was trained by. */
export function runArgument(name: string, out: string): { run: RunDirectory; method: Method<BaseRecipe> } {
  const run = RunDirectory.open(name, out);
  return { run, method: findMethod(run.readRecipe().method) };
}
