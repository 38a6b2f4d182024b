import { existsSync } from "node:fs";
import { join } from "node:path";
import { readFileBytes } from "../files/byte-source.node.ts";
import { parseJson } from "../files/json.ts";
import type { PlanEstimate } from "../jobs/estimate.ts";
import type { Values } from "../train/recipe-values.ts";

/** What stands in the folder of a study or of a recipe of several runs, beside its plan. */
export interface StartedStudy {
  /** ROOM/EXPORT, or the recipe file. */
  readonly study: string;
  readonly settings: Values;
  readonly estimate: PlanEstimate | undefined;
}

/** Reads study.json and estimate.json, our own files. */
export function readStarted(folder: string): StartedStudy {
  const { study, settings } = read(folder, "study.json") as Pick<StartedStudy, "study" | "settings">;
  const timed = existsSync(join(folder, "estimate.json")) ? read(folder, "estimate.json") : undefined;
  return { study, settings, estimate: (timed as { estimate: PlanEstimate } | undefined)?.estimate };
}

const read = (folder: string, name: string): unknown =>
  parseJson(readFileBytes(join(folder, name), 2 ** 24), { name: join(folder, name) });
