import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { parseGoldenSet, type GoldenSet } from "./manifest.ts";
import type { GoldenKind } from "./golden-runner.ts";

/** A set of golden cases on the disk: its manifest and all files that it needs. */
export interface GoldenFiles {
  readonly kind: GoldenKind;
  /** Path of the manifest, for messages. */
  readonly manifest: string;
  /** Path on the disk by the name under which the runner asks for it. */
  readonly files: Readonly<Record<string, string>>;
}

/** What a manifest's file name says of its kind, and which files lie beside it. */
const manifests: Readonly<Record<string, (path: string) => GoldenFiles>> = {
  "ops.json": operatorFiles,
  "case.json": (manifest) => ({ kind: "official", manifest, files: besides(manifest) }),
};

/** The operator cases of a manifest, with the tensors beside it. */
export function operatorFiles(manifest: string): GoldenFiles {
  return {
    kind: "operators",
    manifest,
    files: { "ops.json": manifest, "ops.safetensors": manifest.replace(/\.json$/, ".safetensors") },
  };
}

function besides(manifest: string): Record<string, string> {
  const directory = dirname(manifest);
  const names = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(names.map(({ name }) => [name, join(directory, name)]));
}

/** Every set of golden cases below `directory`, by path. Throws when the directory cannot be read. */
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
  const found = entries.filter((path) => Object.hasOwn(manifests, basename(path))).sort();
  return found.map((path) => manifests[basename(path)](join(directory, path)));
}

/** The bytes of every file of a set. */
export const readGoldenFiles = ({ files }: GoldenFiles): Map<string, Uint8Array> =>
  new Map(Object.entries(files).map(([name, path]) => [name, new Uint8Array(readFileSync(path))]));

/** The operator cases of a manifest. */
export function readGoldenSet(manifest: string): GoldenSet {
  const { files } = operatorFiles(manifest);
  return parseGoldenSet(
    readFileSync(files["ops.json"], "utf8"),
    new Uint8Array(readFileSync(files["ops.safetensors"])),
    manifest,
  );
}
