import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { checkFileName, checkFreeSpace, writeAll } from "./durable-writer.node.ts";
import { explained } from "./file-error.ts";
import { fileCalls as io } from "./file-calls.node.ts";

/**
 * Hands `use` a directory of its own (mode 0700, below the system's folder for temporary files) that holds `files`, and
 * removes it afterwards. For code that takes paths only; nothing is forced to the disk.
 *
 * @param bytes of all files together, asked for before the first is written
 * @throws FoveaError `files/...` when the disk refuses
 */
export async function withTemporaryFiles<T>(
  files: ReadonlyMap<string, Iterable<Uint8Array>>,
  bytes: number,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  for (const name of files.keys()) checkFileName(name);
  const directory = explained("make a temporary directory below", tmpdir(), () =>
    mkdtempSync(join(tmpdir(), "fovea-")),
  );
  try {
    checkFreeSpace(io, directory, bytes);
    for (const [name, chunks] of files) writeFile(join(directory, name), chunks);
    return await use(directory);
  } finally {
    remove(directory);
  }
}

function writeFile(path: string, chunks: Iterable<Uint8Array>): void {
  explained("write", path, () => {
    const file = io.open(path, "wx");
    try {
      for (const chunk of chunks) writeAll(io, file, chunk);
    } finally {
      io.close(file);
    }
  });
}

/** Windows keeps a file that is mapped into memory: there the system's own cleaning removes it. */
function remove(directory: string): void {
  try {
    io.removeTree(directory);
  } catch (error) {
    if (process.platform !== "win32") throw error;
  }
}
