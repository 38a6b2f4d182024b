import { chmodSync, lstatSync, statSync, utimesSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { openFileSource } from "./byte-source.node.ts";
import { sha256 } from "./checksum.node.ts";
import { commitFile, makeDirectory, TEMPORARY } from "./durable-writer.node.ts";
import { fileCalls as io } from "./file-calls.node.ts";
import { systemCode } from "./file-error.ts";

export interface ByteCacheOptions {
  /** Bytes of all entries together; the ones that were not used for longest go first. */
  readonly maxBytes: number;
}

/**
 * Where this user's caches are: the environment variable FOVEA_CACHE (a directory, or `off`), else the platform's folder
 * for them. Undefined: there are to be none.
 */
export function userCacheDirectory(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env["FOVEA_CACHE"];
  if (named !== undefined && named !== "") return named === "off" ? undefined : named;
  if (process.platform === "win32") return join(env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "fovea");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "fovea");
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "fovea");
}

/**
 * Bytes by key in a directory of the user's own, for what can always be made again: every failure of the disk is a miss,
 * none is an error. Entries appear whole or not at all and are checked by SHA-256 when they are read; one that does not
 * fit is removed. A directory that others may write to is not used.
 */
export class ByteCache {
  private readonly directory: string;
  private readonly maxBytes: number;

  constructor(directory: string, { maxBytes }: ByteCacheOptions) {
    this.directory = directory;
    this.maxBytes = maxBytes;
  }

  /** @param key hexadecimal, for example a SHA-256 */
  read(key: string): Uint8Array | undefined {
    const path = this.path(key);
    try {
      if (!isOurs(this.directory)) return undefined;
      const source = openFileSource(path, { followLinks: false });
      try {
        if (source.size < headerSize || source.size > this.maxBytes) return this.drop(path);
        const bytes = source.read(headerSize, source.size - headerSize);
        if (new TextDecoder().decode(source.read(0, headerSize)) !== header(key, bytes)) return this.drop(path);
        utimesSync(path, new Date(), new Date()); // it was used now
        return bytes;
      } finally {
        source.close();
      }
    } catch (error) {
      if (isOfTheDisk(error)) return undefined;
      throw error;
    }
  }

  /** Stores `bytes` under `key`, in the place of older entries where there is no room. */
  write(key: string, bytes: Uint8Array): void {
    const size = headerSize + bytes.length;
    if (size > this.maxBytes / 2) return;
    try {
      makeDirectory(io, this.directory);
      if (!isOurs(this.directory, { tighten: true })) return;
      this.makeRoom(size);
      commitFile(io, this.path(key), [new TextEncoder().encode(header(key, bytes)), bytes], { overwrite: true });
    } catch (error) {
      if (!isOfTheDisk(error)) throw error;
    }
  }

  private path(key: string): string {
    if (!/^[0-9a-f]{8,64}$/.test(key)) throw new Error(`${key} is no key of a cache`);
    return join(this.directory, `${key}${suffix}`);
  }

  private drop(path: string): undefined {
    io.removeTree(path);
    return undefined;
  }

  /** Removes the entries that were used least recently, and what killed processes left an hour ago. */
  private makeRoom(size: number): void {
    const hourAgo = Date.now() - 3_600_000;
    const entries = io.list(this.directory).flatMap((name) => {
      const path = join(this.directory, name);
      const stat = lstatSync(path, { throwIfNoEntry: false }); // another process may remove it meanwhile
      return stat?.isFile() ? [{ path, name, size: stat.size, used: stat.mtimeMs }] : [];
    });
    for (const { path, name, used } of entries) if (name.startsWith(TEMPORARY) && used < hourAgo) io.removeTree(path);
    const kept = entries.filter(({ name }) => name.endsWith(suffix)).sort((a, b) => b.used - a.used);
    let total = size;
    for (const entry of kept) {
      total += entry.size;
      if (total > this.maxBytes) io.removeTree(entry.path);
    }
  }
}

const suffix = ".cached";

/** The key is part of the sum: an entry under another's name is none. */
const header = (key: string, bytes: Uint8Array): string => `fovea cache 1 ${key.padEnd(64)} ${sha256(bytes)}\n`;
const headerSize = "fovea cache 1 ".length + 64 + 1 + 64 + 1;

/** Whether only this user may write to a directory. */
function isOurs(directory: string, { tighten = false } = {}): boolean {
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) return false;
  if (process.getuid === undefined) return true; // Windows: the user's own folder is private
  if (stat.uid !== process.getuid()) return false;
  if ((stat.mode & 0o022) === 0) return true;
  if (tighten) chmodSync(directory, 0o700);
  return tighten;
}

const isOfTheDisk = (error: unknown): boolean => error instanceof FoveaError || systemCode(error) !== undefined;
