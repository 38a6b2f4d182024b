import { FoveaError } from "../errors/fovea-error.ts";

/** What the operating system's codes mean, and what helps. */
const meanings: ReadonlyMap<string, readonly [words: string, hint: string]> = new Map([
  ["ENOSPC", ["the disk is full", "free some space, or choose another disk with --out"]],
  ["EDQUOT", ["the disk quota is used up", "free some space, or choose another disk with --out"]],
  ["EFBIG", ["the file would be larger than allowed here", "raise the file size limit (ulimit -f)"]],
  ["EIO", ["the disk reported an error", "look at the kernel log (dmesg); copy what matters to another disk"]],
  ["EROFS", ["the file system is read-only", "choose a place that can be written to"]],
  ["EACCES", ["permission denied", "choose a place that you may write to, or change its permissions"]],
  ["EPERM", ["not permitted", "choose a place that you may write to, or change its permissions"]],
  ["EMFILE", ["too many open files in this process", "raise the limit (ulimit -n)"]],
  ["ENFILE", ["too many open files on this machine", "close other programs or raise the system's limit"]],
  ["ENOENT", ["no such file or directory", "check the path"]],
  ["ENOTDIR", ["part of the path is not a directory", "check the path"]],
  ["EISDIR", ["it is a directory", "name a file"]],
  ["ELOOP", ["it is a symbolic link", "name the file itself"]],
  ["EEXIST", ["it exists already, and nothing is overwritten", "remove it or choose another name"]],
  ["ENOTEMPTY", ["it exists already, and nothing is overwritten", "remove it or choose another name"]],
  ["EXDEV", ["source and target are on different file systems", "choose a target on the same disk"]],
]);

/** The system's code of an error thrown by a file call (`ENOSPC`), or undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/**
 * An error of a file call in words: `cannot ACTION PATH: the disk is full (ENOSPC)`, code `files/enospc`. Other errors
 * come back as they are: they are already explained, or ours.
 */
export function fileError(error: unknown, action: string, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const [words, hint] = meanings.get(code) ?? ["the operating system refused", undefined];
  const message = `cannot ${action} ${path}: ${words} (${code})`;
  return new FoveaError(
    `files/${code.toLowerCase()}`,
    message,
    hint === undefined ? { cause: error } : { hint, cause: error },
  );
}

/** Runs `work`; errors of file calls in it are rethrown as `fileError` explains them. */
export function explained<T>(action: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(error, action, path);
  }
}
