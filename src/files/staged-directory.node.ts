import { randomUUID } from "node:crypto";
import { lstatSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { FoveaError } from "../errors/fovea-error.ts";
import { makeDirectory, removeDurably, TEMPORARY } from "./durable-writer.node.ts";
import type { FileCalls } from "./file-calls.node.ts";
import { explained } from "./file-error.ts";

/**
 * Makes directory `target` appear whole or not at all: `fill` writes a tree of files (each by `commitFile`) into a
 * directory of another name beside it, which is renamed when `fill` has returned. After an error nothing is left of it.
 * With `overwrite` an older target is moved away right before, and removed after.
 *
 * @throws FoveaError `files/eexist` before anything is written, where `target` is there and not an empty folder
 */
export async function stageDirectory<T>(
  io: FileCalls,
  target: string,
  { overwrite = false }: { readonly overwrite?: boolean },
  fill: (directory: string) => Promise<T>,
): Promise<T> {
  checkTarget(io, target, overwrite);
  const parent = dirname(target);
  makeDirectory(io, parent);
  const staged = join(parent, `${TEMPORARY}${basename(target)}-${randomUUID()}`);
  makeDirectory(io, staged);
  let filled: T;
  try {
    filled = await fill(staged);
    explained("write", target, () => syncTree(io, staged));
    if (isThere(target)) {
      checkTarget(io, target, overwrite); // who made it meanwhile keeps it
      removeDurably(io, target);
    }
    explained("write", target, () => io.rename(staged, target));
  } catch (error) {
    io.removeTree(staged);
    throw error;
  }
  explained("write", target, () => io.syncDirectory(parent));
  return filled;
}

/** Throws `files/eexist` where `target` holds anything that is not to be replaced. */
export function checkTarget(io: FileCalls, target: string, overwrite: boolean): void {
  if (overwrite || !isThere(target)) return;
  if (lstatSync(target).isDirectory() && explained("list", target, () => io.list(target)).length === 0) return;
  throw new FoveaError("files/eexist", `${target} is there already, and nothing is overwritten`, {
    hint: "choose another name, or replace it with --overwrite",
  });
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function syncTree(io: FileCalls, directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) syncTree(io, join(directory, entry.name));
  io.syncDirectory(directory);
}
