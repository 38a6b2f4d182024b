import { FoveaError } from "../errors/fovea-error.ts";
import { commitFile } from "./durable-writer.node.ts";
import type { FileCalls } from "./file-calls.node.ts";
import { type SavedDirectory, saveDirectorySync } from "./save-directory.node.ts";

/** What the saver's thread is asked for. */
export type Task =
  | {
      readonly kind: "directory";
      readonly target: string;
      readonly files: readonly (readonly [name: string, chunks: Uint8Array[]])[];
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "file"; readonly target: string; readonly chunks: Uint8Array[]; readonly overwrite: boolean };

/** What it answers. Errors cross as plain data: a copy of a `FoveaError` would lose its class and fields. */
export type Answer =
  | { readonly ok: true; readonly saved: SavedDirectory | undefined }
  | {
      readonly ok: false;
      readonly message: string;
      readonly code?: string;
      readonly hint?: string;
      readonly stack?: string;
    };

export function perform(io: FileCalls, task: Task): SavedDirectory | undefined {
  if (task.kind === "directory")
    return saveDirectorySync(io, task.target, { files: new Map(task.files), fields: task.fields });
  commitFile(io, task.target, task.chunks, { overwrite: task.overwrite });
  return undefined;
}

export function failure(error: unknown): Answer {
  if (error instanceof FoveaError) {
    const { message, code, hint } = error;
    return { ok: false, message, code, ...(hint === undefined ? {} : { hint }) };
  }
  if (error instanceof Error)
    return { ok: false, message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
  return { ok: false, message: String(error) };
}
