import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from "node:fs";

/** A file opened by `FileCalls.open`. */
export type FileHandle = number;

/**
 * The file calls of every durable write, one method for one thing that can fail or be interrupted, so that tests can
 * stop at, fail or lose each of them. All synchronous: they run in a worker thread, and a test can count them.
 * Each method throws Node's own error (with `code`); nothing is retried.
 */
export interface FileCalls {
  /** Makes one directory; its parent exists and it does not. */
  mkdir(path: string): void;
  /** `wx`: a new file to write; `a`: append, made when missing, for writing at its end. */
  open(path: string, mode: "wx" | "a"): FileHandle;
  /** Writes some of `bytes` from `offset` on; returns how many, which may be fewer than there are. */
  write(file: FileHandle, bytes: Uint8Array, offset: number): number;
  /** Length in bytes of an open file. */
  length(file: FileHandle): number;
  /** Cuts an open file to `length` bytes. */
  truncate(file: FileHandle, length: number): void;
  fsync(file: FileHandle): void;
  close(file: FileHandle): void;
  /** Moves a file (replacing a file) or a directory (refusing a target that holds anything). */
  rename(from: string, to: string): void;
  /** A second name for a file; refuses a name that is taken. */
  link(from: string, to: string): void;
  unlink(path: string): void;
  /** Puts the names in a directory on disk. Windows has no such call: nothing happens there. */
  syncDirectory(path: string): void;
  /** Removes a file or a directory with everything in it; missing ones are no error. Never follows links. */
  removeTree(path: string): void;
  /** Names in a directory, sorted. */
  list(path: string): string[];
  /** Bytes an ordinary user may still write to the file system of `path`. */
  freeBytes(path: string): number;
}

/** Node refuses single writes of 2 GiB and more; smaller ones also keep the kernel's queue short. */
const LARGEST_WRITE = 64 * 2 ** 20;

/** The real calls. */
export const fileCalls: FileCalls = {
  mkdir: (path) => void mkdirSync(path),
  open: (path, mode) => openSync(path, mode),
  write: (file, bytes, offset) => writeSync(file, bytes, offset, Math.min(bytes.length - offset, LARGEST_WRITE)),
  length: (file) => fstatSync(file).size,
  truncate: (file, length) => ftruncateSync(file, length),
  fsync: (file) => fsyncSync(file),
  close: (file) => closeSync(file),
  rename: (from, to) => renameSync(from, to),
  link: (from, to) => linkSync(from, to),
  unlink: (path) => unlinkSync(path),
  syncDirectory,
  removeTree: (path) => rmSync(path, { recursive: true, force: true }),
  list: (path) => readdirSync(path).sort(),
  freeBytes(path) {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  },
};

function syncDirectory(path: string): void {
  if (process.platform === "win32") return;
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
