export { AppendFile, type AppendOptions } from "./append-file.node.ts";
export { type ByteSource, checkRange, memorySource } from "./byte-source.ts";
export { type FileSource, openFileSource, readFileBytes } from "./byte-source.node.ts";
export {
  type CheckpointPlace,
  checkpointName,
  listCheckpoints,
  loadCheckpoint,
  newestGoodCheckpoint,
} from "./checkpoints.node.ts";
export { crc32 } from "./checksum.ts";
export { commitDirectory, commitFile, makeDirectory, removeDurably, sweepTemporary } from "./durable-writer.node.ts";
export { type FileCalls, type FileHandle, fileCalls } from "./file-calls.node.ts";
export { type JsonOptions, parseJson } from "./json.ts";
export { defaultLimits, type Limits } from "./limits.ts";
export { type LoadedDirectory, loadDirectory, verifyDirectory } from "./manifest.node.ts";
export { resolveInside, type ResolveOptions } from "./resolve-inside.node.ts";
export { acquireRunLock, type LockState, readRunLock, type RunLock, type RunLockOptions } from "./run-lock.node.ts";
export { type DirectoryContent, type SavedDirectory, saveDirectorySync } from "./save-directory.node.ts";
export { type SaveOptions, Saver } from "./saver.node.ts";
