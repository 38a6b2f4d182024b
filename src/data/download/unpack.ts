import { createReadStream } from "node:fs";
import { dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import { FoveaError } from "../../errors/fovea-error.ts";
import { AppendFile } from "../../files/append-file.node.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import { openFileSource } from "../../files/byte-source.node.ts";
import { commitFile, makeDirectory } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import { defaultLimits } from "../../files/limits.ts";
import { resolveInside } from "../../files/resolve-inside.node.ts";
import { isTar, openTar } from "../../formats/tar.ts";
import { openZip } from "../../formats/zip/zip-archive.ts";
import { isGzip } from "../../formats/gzip.ts";

const pieceBytes = 2 ** 22;

/**
 * Writes what the file `packed` holds below `directory`: the files of a tar (also gzipped) or zip archive, else the file
 * itself as `name`. Every name in an archive passes `resolveInside`; links and devices are refused by the readers.
 *
 * @returns the number of files
 */
export async function unpack(packed: string, name: string, directory: string): Promise<number> {
  const file = openFileSource(packed);
  try {
    const start = file.read(0, Math.min(4, file.size));
    if (isGzip(start) && /\.(tgz|tar\.gz)$/i.test(name)) {
      const inflated = `${packed}.tar`;
      try {
        await inflate(packed, inflated);
        const tar = openFileSource(inflated);
        try {
          return writeTar(tar, directory);
        } finally {
          tar.close();
        }
      } finally {
        fileCalls.removeTree(inflated);
      }
    }
    if (isTar(file)) return writeTar(file, directory);
    if (start[0] === 0x50 && start[1] === 0x4b && /\.zip$/i.test(name)) return writeZip(file, directory);
    commitFile(fileCalls, resolveInside(directory, name), pieces(file, 0, file.size));
    return 1;
  } finally {
    file.close();
  }
}

function writeTar(source: ByteSource, directory: string): number {
  const entries = openTar(source);
  for (const { name, start, size } of entries.values()) write(directory, name, pieces(source, start, size));
  return entries.size;
}

function writeZip(source: ByteSource, directory: string): number {
  const files = [...openZip(source).values()].filter(({ name }) => !name.endsWith("/"));
  for (const entry of files) write(directory, entry.name, [entry.read()]);
  return files.length;
}

function write(directory: string, name: string, chunks: Iterable<Uint8Array>): void {
  const inside = name.replace(/^(\.\/)+/, "");
  const path = resolveInside(directory, inside);
  makeDirectory(fileCalls, dirname(path));
  commitFile(fileCalls, join(path), chunks);
}

function* pieces(source: ByteSource, start: number, size: number): Generator<Uint8Array> {
  for (let at = 0; at < size; at += pieceBytes) yield source.read(start + at, Math.min(pieceBytes, size - at));
}

async function inflate(packed: string, inflated: string): Promise<void> {
  const output = new AppendFile(inflated, { cutTo: 0 });
  const stream = createReadStream(packed).pipe(createGunzip());
  try {
    for await (const chunk of stream) {
      const bytes = chunk as Uint8Array; // no encoding is set
      if (output.byteLength + bytes.length > defaultLimits.inflatedBytes)
        throw new Error(`it inflates to more than ${defaultLimits.inflatedBytes} bytes`);
      output.append(bytes);
    }
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause;
    throw new FoveaError("data/gzip", `${packed}: ${(cause as Error).message}`, { cause }); // zlib throws Errors
  } finally {
    output.close();
  }
}
