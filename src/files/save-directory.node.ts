import { dirname } from "node:path";

import { FoveaError } from "../errors/fovea-error.ts";
import { checkFreeSpace, commitDirectory, makeDirectory } from "./durable-writer.node.ts";
import type { FileCalls } from "./file-calls.node.ts";
import { withManifest } from "./manifest.node.ts";

/** What goes into a committed directory. */
export interface DirectoryContent {
  readonly files: ReadonlyMap<string, Iterable<Uint8Array>>;
  /** The caller's own data (JSON), kept in `meta.json`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A directory that is on disk. */
export interface SavedDirectory {
  readonly path: string;
  /** Bytes of its files, without `meta.json`. */
  readonly bytes: number;
  /** SHA-256 of its `meta.json`: stands for every byte; a child names its parent by it. */
  readonly hash: string;
}

/**
 * Writes `content` and its `meta.json` to a new directory `target`, whole or not at all; returns when it is on disk.
 * Missing parents are made. Throws a `FoveaError`: `files/no-space` (with the bytes missing) before anything is
 * written, `files/enotempty` when the target exists, `files/...` with the system's code otherwise.
 */
export function saveDirectorySync(io: FileCalls, target: string, { files, fields }: DirectoryContent): SavedDirectory {
  checkFields(fields);
  const held = new Map([...files].map(([name, chunks]) => [name, [...chunks]] as const));
  const bytes = [...held.values()].flat().reduce((sum, chunk) => sum + chunk.length, 0);
  makeDirectory(io, dirname(target));
  checkFreeSpace(io, dirname(target), bytes);
  let hash = "";
  commitDirectory(
    io,
    target,
    withManifest(held, fields, (value) => (hash = value)),
  );
  return { path: target, bytes, hash };
}

/** JSON turns NaN and infinities into null without a word: what was saved would not be what is loaded. */
function checkFields(fields: Readonly<Record<string, unknown>>): void {
  JSON.stringify(fields, (key, value: unknown) => {
    if (typeof value !== "number" || Number.isFinite(value)) return value;
    throw new FoveaError(
      "files/fields",
      `field ${JSON.stringify(key)} is ${value}, which JSON cannot hold; save it as text`,
    );
  });
}
