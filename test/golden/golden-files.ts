import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { parseGoldenSet, type GoldenSet } from "./manifest.ts";

/** A manifest on the disk and the tensors beside it. */
export interface GoldenFiles {
  readonly json: string;
  readonly safetensors: string;
}

/** Every `ops.json` below `directory`, by path. Throws when the directory cannot be read. */
export function findGoldenFiles(directory: string): GoldenFiles[] {
  let entries: string[];
  try {
    entries = readdirSync(directory, { recursive: true, encoding: "utf8" });
  } catch (cause) {
    throw new FoveaError("golden/directory", `${directory} cannot be read: ${(cause as Error).message}`, {
      exitCode: 2,
      cause,
    });
  }
  return entries
    .filter((path) => /(?:^|[\\/])ops\.json$/.test(path))
    .sort()
    .map((path) => join(directory, path))
    .map((json) => ({ json, safetensors: json.replace(/\.json$/, ".safetensors") }));
}

export const readGoldenSet = ({ json, safetensors }: GoldenFiles): GoldenSet =>
  parseGoldenSet(readFileSync(json, "utf8"), new Uint8Array(readFileSync(safetensors)), json);
