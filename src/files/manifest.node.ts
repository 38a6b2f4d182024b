import { createHash } from "node:crypto";
import { join } from "node:path";

import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "./byte-source.ts";
import { type FileSource, openFileSource } from "./byte-source.node.ts";
import { crc32, sha256 } from "./checksum.node.ts";
import { checkFileName } from "./durable-writer.node.ts";
import { type FileRecord, MANIFEST, type Manifest, parseManifest, writeManifest } from "./manifest-text.node.ts";

/** Bytes that share one CRC-32: a damaged block is named, and reading needs only one in memory. */
export const BLOCK_BYTES = 16 * 2 ** 20;

/**
 * `files` with `meta.json` as their last: its bytes are made when all others have been drawn, from the checksums taken
 * while they passed. `fields` is the caller's own data (JSON) and comes back from `loadDirectory`. `onManifest` is told
 * the SHA-256 of `meta.json`, which stands for the whole directory.
 */
export function withManifest(
  files: ReadonlyMap<string, Iterable<Uint8Array>>,
  fields: Readonly<Record<string, unknown>>,
  onManifest: (hash: string) => void = () => {},
): Map<string, Iterable<Uint8Array>> {
  const records = new Map<string, FileRecord>();
  const all = new Map<string, Iterable<Uint8Array>>();
  for (const [name, chunks] of files) {
    checkFileName(name);
    if (name === MANIFEST)
      throw new FoveaError("files/name", `${MANIFEST} is written by the saver; choose another name`);
    all.set(
      name,
      recorded(chunks, (record) => records.set(name, record)),
    );
  }
  all.set(
    MANIFEST,
    lastly(() => writeManifest(records, fields), onManifest),
  );
  return all;
}

function* lastly(make: () => Uint8Array, onManifest: (hash: string) => void): Iterable<Uint8Array> {
  const bytes = make();
  onManifest(sha256(bytes));
  yield bytes;
}

/** Passes `chunks` on and reports their length and checksums after the last. */
function* recorded(chunks: Iterable<Uint8Array>, done: (record: FileRecord) => void): Iterable<Uint8Array> {
  const hash = createHash("sha256");
  const blocks: number[] = [];
  let length = 0;
  for (const chunk of chunks) {
    hash.update(chunk);
    for (let i = 0; i < chunk.length;) {
      const block = Math.floor(length / BLOCK_BYTES);
      const count = Math.min(chunk.length - i, (block + 1) * BLOCK_BYTES - length);
      blocks[block] = crc32(chunk.subarray(i, i + count), blocks[block] ?? 0);
      i += count;
      length += count;
    }
    yield chunk;
  }
  done({ length, crc32: blocks.map(hex8), sha256: hash.digest("hex") });
}

/** A committed directory, open and checked. */
export interface LoadedDirectory {
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** SHA-256 of `meta.json`: one value that stands for every byte of the directory. */
  readonly hash: string;
  readonly names: readonly string[];
  /** The bytes of one of its files. Throws when there is no file `name`. */
  source(name: string): ByteSource;
  /** Closes the files; sources end to work. */
  close(): void;
}

/**
 * Opens a directory written by `saveDirectory` and checks the length and CRC-32 (with `sha256` also that) of every
 * listed file before any of it is handed out. Files that are not listed are passed over. Throws a `FoveaError` that
 * names the file, what is wrong with it and, for changed bytes, the 16 MiB block. The directory is left untouched.
 */
export function loadDirectory(
  path: string,
  { sha256: full = false }: { readonly sha256?: boolean } = {},
): LoadedDirectory {
  const { manifest, hash } = readManifest(path);
  const sources = new Map<string, FileSource>();
  const close = () => sources.forEach((source) => source.close());
  try {
    for (const [name, record] of manifest.files) {
      const source = openFileSource(join(path, name), { followLinks: false });
      sources.set(name, source);
      checkFile(source, record, full);
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    path,
    fields: manifest.fields,
    hash,
    names: [...sources.keys()],
    source: (name) => found(path, sources, name),
    close,
  };
}

/** Checks a committed directory as `loadDirectory` does and closes it again. */
export function verifyDirectory(path: string, options: { readonly sha256?: boolean } = {}): void {
  loadDirectory(path, options).close();
}

/** `meta.json` of a committed directory, checked against its own checksum; the other files are not looked at. */
export function readManifest(path: string): { manifest: Manifest; hash: string } {
  const source = openFileSource(join(path, MANIFEST), { followLinks: false });
  try {
    if (source.size > 64 * 2 ** 20)
      throw new FoveaError("files/limit", `${source.name} has ${source.size} bytes, at most 64 MiB are read`);
    const bytes = source.read(0, source.size);
    return { manifest: parseManifest(bytes, source.name), hash: sha256(bytes) };
  } finally {
    source.close();
  }
}

function checkFile(source: FileSource, record: FileRecord, full: boolean): void {
  if (source.size !== record.length) {
    const what = source.size < record.length ? "it is truncated" : "bytes were added";
    throw damaged(`${source.name} has ${source.size} bytes, ${record.length} were saved: ${what}`);
  }
  const hash = full ? createHash("sha256") : undefined;
  for (const [i, expected] of record.crc32.entries()) {
    const start = i * BLOCK_BYTES;
    const block = source.read(start, Math.min(BLOCK_BYTES, source.size - start));
    hash?.update(block);
    const crc = hex8(crc32(block));
    if (crc === expected) continue;
    const place = `block ${i} (bytes ${start} to ${start + block.length - 1})`;
    throw damaged(`${source.name}: ${place} was changed: CRC-32 ${crc}, saved as ${expected}`);
  }
  const digest = hash?.digest("hex");
  if (digest !== undefined && digest !== record.sha256) {
    throw damaged(`${source.name} was changed: SHA-256 ${digest}, saved as ${record.sha256}`);
  }
}

const damaged = (message: string): FoveaError =>
  new FoveaError("files/damaged", message, { hint: "it was left as it is; use another copy" });

function found(path: string, sources: ReadonlyMap<string, ByteSource>, name: string): ByteSource {
  const source = sources.get(name);
  if (source !== undefined) return source;
  throw new FoveaError("files/missing", `${path} holds no ${name}; it holds ${[...sources.keys()].join(", ")}`);
}

const hex8 = (value: number): string => value.toString(16).padStart(8, "0");
