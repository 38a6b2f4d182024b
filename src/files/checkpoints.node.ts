import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { FoveaError } from "../errors/fovea-error.ts";
import { explained, systemCode } from "./file-error.ts";
import { type LoadedDirectory, loadDirectory, verifyDirectory } from "./manifest.node.ts";

/** A committed checkpoint: a directory named after its step, eight digits. */
export interface CheckpointPlace {
  readonly step: number;
  readonly path: string;
}

/** The directory name of a step: `00001200`. */
export function checkpointName(step: number): string {
  if (!Number.isSafeInteger(step) || step < 0 || step > 99_999_999)
    throw new Error(`no checkpoint name for step ${step}`);
  return String(step).padStart(8, "0");
}

/**
 * The committed checkpoints in `directory`, newest first. Best and last are computed from what is there. Temporary
 * names, files and everything else are passed over; a directory that does not exist holds none. Nothing is verified.
 */
export function listCheckpoints(directory: string): CheckpointPlace[] {
  return entries(directory)
    .filter((entry) => entry.isDirectory() && /^\d{8}$/.test(entry.name))
    .map(({ name }) => ({ step: Number(name), path: join(directory, name) }))
    .sort((a, b) => b.step - a.step);
}

function entries(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    return explained("list", directory, () => {
      throw error;
    });
  }
}

/**
 * Loads one checkpoint as `loadDirectory` does. A bad one is named and left untouched, and the error's hint offers the
 * newest good one beside it.
 */
export function loadCheckpoint(path: string): LoadedDirectory {
  try {
    return loadDirectory(path);
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    const good = newestGoodCheckpoint(dirname(path), basename(path));
    const hint =
      good === undefined ? "no other good checkpoint is there" : `the newest good checkpoint is ${good.path}`;
    throw new FoveaError(error.code, `checkpoint ${path} cannot be used: ${error.message}`, { hint, cause: error });
  }
}

/** The newest checkpoint in `directory` that passes `verifyDirectory`, other than the one named `except`. */
export function newestGoodCheckpoint(directory: string, except?: string): CheckpointPlace | undefined {
  return listCheckpoints(directory).find((place) => basename(place.path) !== except && isGood(place.path));
}

function isGood(path: string): boolean {
  try {
    verifyDirectory(path);
    return true;
  } catch (error) {
    if (error instanceof FoveaError) return false;
    throw error;
  }
}
