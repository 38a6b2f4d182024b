import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

import { FoveaError } from "../errors/fovea-error.ts";
import { type ByteSource, checkRange } from "./byte-source.ts";
import { explained } from "./file-error.ts";

/** A source that holds a file open. Its owner closes it. */
export interface FileSource extends ByteSource {
  close(): void;
}

/** Pieces of one read call: Node refuses 2 GiB and more. */
const LARGEST_READ = 2 ** 30;

/**
 * Opens a regular file for reading. The path's last part may be a symbolic link only with `followLinks`; pipes, devices
 * and directories are refused. `read` returns fresh bytes each time, and throws when the file has become shorter.
 */
export function openFileSource(
  path: string,
  { followLinks = true }: { readonly followLinks?: boolean } = {},
): FileSource {
  // non-blocking, or opening a pipe would wait for its writer for ever; Windows lacks both flags
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (followLinks ? 0 : (constants.O_NOFOLLOW ?? 0));
  const file = explained("read", path, () => openSync(path, flags));
  try {
    const stat = explained("read", path, () => fstatSync(file));
    if (!stat.isFile())
      throw new FoveaError("files/not-a-file", `${path} is not a regular file`, { hint: "name a file" });
    return fileSource(file, path, stat.size);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function fileSource(file: number, name: string, size: number): FileSource {
  let open = true;
  const source: FileSource = {
    name,
    size,
    read(offset, length) {
      if (!open) throw new Error(`${name} was closed`);
      checkRange(source, offset, length);
      const bytes = new Uint8Array(length); // zeroed: unused memory of a pool may hold another request's bytes
      explained("read", name, () => fill(file, bytes, offset, name));
      return bytes;
    },
    close() {
      if (open) explained("close", name, () => closeSync(file));
      open = false;
    },
  };
  return source;
}

function fill(file: number, bytes: Uint8Array, offset: number, name: string): void {
  for (let done = 0; done < bytes.length;) {
    const count = readSync(file, bytes, done, Math.min(bytes.length - done, LARGEST_READ), offset + done);
    if (count === 0) {
      throw new FoveaError("files/truncated", `${name} ended at byte ${offset + done} while it was read`, {
        hint: "something else shortened the file: leave it alone while it is read",
      });
    }
    done += count;
  }
}

/** The whole of a file of at most `maxBytes`. */
export function readFileBytes(path: string, maxBytes: number): Uint8Array {
  const source = openFileSource(path);
  try {
    if (source.size > maxBytes) {
      throw new FoveaError("files/limit", `${path} has ${source.size} bytes, at most ${maxBytes} are read`);
    }
    return source.read(0, source.size);
  } finally {
    source.close();
  }
}
