import { randomUUID } from "node:crypto";
import { basename, dirname, join } from "node:path";

import { FoveaError } from "../errors/fovea-error.ts";
import type { FileCalls } from "./file-calls.node.ts";
import { explained, systemCode } from "./file-error.ts";

/** Unfinished work of ours starts with this; readers pass over such names. */
export const TEMPORARY = ".tmp-";

/**
 * Makes directory `target` with `files` appear whole or not at all; returns when it is on disk. The files are written
 * in the map's order, so that a last one may describe the others. Throws a `FoveaError` (`files/...`) when `target`
 * holds anything already, or when the disk refuses; then `target` is as before.
 */
export function commitDirectory(io: FileCalls, target: string, files: ReadonlyMap<string, Iterable<Uint8Array>>): void {
  for (const name of files.keys()) checkFileName(name);
  explained("write", target, () => {
    const temporary = temporaryBeside(target);
    try {
      io.mkdir(temporary);
      for (const [name, chunks] of files) writeWhole(io, join(temporary, name), chunks);
      io.syncDirectory(temporary);
      io.rename(temporary, target); // refuses a target that holds anything: no checkpoint is ever replaced
    } catch (error) {
      tryRemove(io, temporary);
      throw error;
    }
    io.syncDirectory(dirname(target)); // only now may anyone say 'saved'
  });
}

/**
 * Makes file `target` appear whole or not at all; returns when it is on disk. Without `overwrite` a file that is there
 * is refused (also one that appears meanwhile); with it, readers see the old bytes or the new, never a mixture.
 */
export function commitFile(
  io: FileCalls,
  target: string,
  chunks: Iterable<Uint8Array>,
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): void {
  explained("write", target, () => {
    const temporary = temporaryBeside(target);
    try {
      writeWhole(io, temporary, chunks);
      if (overwrite) io.rename(temporary, target);
      else io.link(temporary, target); // unlike rename, link refuses a name that is taken
    } catch (error) {
      tryRemove(io, temporary);
      throw error;
    }
    io.syncDirectory(dirname(target));
    if (!overwrite) tryRemove(io, temporary); // a second name of the same file; `sweepTemporary` would find it
  });
}

/**
 * As `commitFile` with `overwrite`, for a file that refers to others in its directory (a model to its weights): whoever
 * finds `target` finds the `others` it belongs to. They are in place before it; an older `target` is gone before the
 * first of them changes. After a failure `target` is as before, or absent with some of the new `others` beside it.
 */
export function commitFileWith(
  io: FileCalls,
  target: string,
  chunks: Iterable<Uint8Array>,
  others: ReadonlyMap<string, Iterable<Uint8Array>>,
): void {
  for (const name of others.keys()) checkFileName(name);
  explained("write", target, () => {
    const directory = dirname(target);
    const files = [
      ...[...others].map(([name, bytes]) => ({ place: join(directory, name), bytes })),
      { place: target, bytes: chunks },
    ];
    const moves = files.map(({ place, bytes }) => ({ place, bytes, temporary: temporaryBeside(place) }));
    try {
      for (const { bytes, temporary } of moves) writeWhole(io, temporary, bytes);
      if (others.size > 0) {
        unlinkIfThere(io, target);
        io.syncDirectory(directory);
      }
      for (const { place, temporary } of moves) {
        if (place === target) io.syncDirectory(directory); // the others first, also after a power cut
        io.rename(temporary, place);
      }
    } catch (error) {
      for (const { temporary } of moves) tryRemove(io, temporary);
      throw error;
    }
    io.syncDirectory(directory);
  });
}

/** Makes a directory and its missing parents; returns when their names are on disk. Existing ones are no error. */
export function makeDirectory(io: FileCalls, path: string): void {
  explained("make directory", path, () => makeMissing(io, path));
}

function makeMissing(io: FileCalls, path: string, parentsMade = false): void {
  try {
    io.mkdir(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST") return; // if it is a file, the write below it says so
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path || parentsMade) throw error; // /proc says ENOENT to every name
    makeMissing(io, parent);
    makeMissing(io, path, true);
    return;
  }
  io.syncDirectory(dirname(path));
}

/**
 * Removes a committed file or directory so that it is whole until it is gone: first renamed to `.tmp-old-...`, which no
 * reader looks at, and only when that is on disk, removed.
 */
export function removeDurably(io: FileCalls, path: string): void {
  explained("remove", path, () => {
    const old = join(dirname(path), `${TEMPORARY}old-${basename(path)}-${randomUUID()}`);
    io.rename(path, old);
    io.syncDirectory(dirname(path)); // else a power cut could bring the name back with half its files
    io.removeTree(old);
  });
}

/**
 * Removes what killed processes left in `directory` (names that start with `.tmp-`); returns their names. Only for who
 * holds the run's lock: it would take the unfinished work of a living process as well.
 */
export function sweepTemporary(io: FileCalls, directory: string): string[] {
  return explained("clean", directory, () => {
    const stale = io.list(directory).filter((name) => name.startsWith(TEMPORARY));
    for (const name of stale) io.removeTree(join(directory, name));
    return stale;
  });
}

/** Refuses a write of `bytes` to the file system of `directory` unless 1.2 times as much is free. */
export function checkFreeSpace(io: FileCalls, directory: string, bytes: number): void {
  const needed = Math.ceil(1.2 * bytes);
  const free = explained("ask for the free space of", directory, () => io.freeBytes(directory));
  if (free >= needed) return;
  throw new FoveaError(
    "files/no-space",
    `${directory}: ${needed} bytes must be free to save ${bytes} (1.2 times as much), ${free} are: ${needed - free} bytes are missing`,
    { hint: "what was saved before is kept; free some space, or choose another disk with --out" },
  );
}

/** Names inside a committed directory: one plain segment, no surprises on any file system. */
export function checkFileName(name: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(name)) return;
  throw new FoveaError(
    "files/name",
    `file name ${JSON.stringify(name)}: expected letters, digits, '.', '_' or '-', at most 128`,
  );
}

function writeWhole(io: FileCalls, path: string, chunks: Iterable<Uint8Array>): void {
  const file = io.open(path, "wx");
  try {
    for (const chunk of chunks) writeAll(io, file, chunk);
    io.fsync(file); // never retried: a second try reports success for lost pages
  } catch (error) {
    tryClose(io, file);
    throw error;
  }
  io.close(file);
}

/** Writes every byte of `bytes`: a short write is no error, and a full disk shows only at the next call. */
export function writeAll(io: FileCalls, file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const count = io.write(file, bytes, done);
    if (count <= 0) throw new Error(`a write of ${bytes.length - done} bytes wrote ${count}`);
    done += count;
  }
}

const temporaryBeside = (target: string): string =>
  join(dirname(target), `${TEMPORARY}${basename(target)}-${randomUUID()}`);

/** After a failure: the first error is the one to report, and what stays is swept later. */
function tryRemove(io: FileCalls, path: string): void {
  try {
    io.removeTree(path);
  } catch {
    // left under a name that readers pass over
  }
}

function unlinkIfThere(io: FileCalls, path: string): void {
  try {
    io.unlink(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

function tryClose(io: FileCalls, file: number): void {
  try {
    io.close(file);
  } catch {
    // the file is dropped anyway
  }
}
