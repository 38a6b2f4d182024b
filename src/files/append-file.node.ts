import { dirname } from "node:path";

import { FoveaError } from "../errors/fovea-error.ts";
import { writeAll } from "./durable-writer.node.ts";
import { fileCalls, type FileCalls, type FileHandle } from "./file-calls.node.ts";
import { explained } from "./file-error.ts";

export interface AppendOptions {
  /**
   * The length that a checkpoint remembers: what was appended after it is cut off. A shorter file is refused.
   * Default: kept as it is.
   */
  readonly cutTo?: number;
  readonly io?: FileCalls;
}

/**
 * A file that only grows: `metrics.jsonl`, an event file. An append is whole or, on an error, taken back, so that the
 * next one never continues a torn line; only a kill leaves an unfinished end, which readers pass over and `cutTo`
 * removes. `flush` puts everything on disk.
 */
export class AppendFile {
  readonly path: string;
  readonly #io: FileCalls;
  readonly #file: FileHandle;
  #byteLength: number;
  #broken = false;
  #closed = false;

  /** Opens `path`, making it when it is missing. Its directory exists. */
  constructor(path: string, { cutTo, io = fileCalls }: AppendOptions = {}) {
    this.path = path;
    this.#io = io;
    this.#file = explained("open", path, () => io.open(path, "a"));
    try {
      this.#byteLength = explained("open", path, () => this.#prepare(cutTo));
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** Bytes appended so far and before; save it in a checkpoint (after `flush`) and give it back as `cutTo`. */
  get byteLength(): number {
    return this.#byteLength;
  }

  append(bytes: Uint8Array): void {
    this.#checkUsable();
    explained("append to", this.path, () => {
      try {
        writeAll(this.#io, this.#file, bytes);
      } catch (error) {
        this.#takeBack();
        throw error;
      }
    });
    this.#byteLength += bytes.length;
  }

  /** Appends `line` and a line feed, as UTF-8. */
  appendLine(line: string): void {
    if (line.includes("\n")) throw new Error("a line holds no line feed");
    this.append(new TextEncoder().encode(`${line}\n`));
  }

  /** Returns when everything appended is on disk. A failed flush is final: the file takes nothing more. */
  flush(): void {
    this.#checkUsable();
    explained("flush", this.path, () => {
      try {
        this.#io.fsync(this.#file);
      } catch (error) {
        this.#broken = true;
        throw error;
      }
    });
  }

  /** Closes without flushing; closing twice is no error. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    explained("close", this.path, () => this.#io.close(this.#file));
  }

  #prepare(cutTo: number | undefined): number {
    this.#io.syncDirectory(dirname(this.path)); // the file may be new
    const length = this.#io.length(this.#file);
    if (cutTo === undefined || cutTo === length) return length;
    if (cutTo > length) {
      throw new FoveaError(
        "files/shorter",
        `${this.path} has ${length} bytes, the checkpoint was saved when it had ${cutTo}`,
        {
          hint: "something cut or replaced it; move it away to start a new one",
        },
      );
    }
    this.#io.truncate(this.#file, cutTo);
    this.#io.fsync(this.#file);
    return cutTo;
  }

  #takeBack(): void {
    try {
      this.#io.truncate(this.#file, this.#byteLength);
    } catch {
      this.#broken = true; // the end may be torn: nothing may follow it
    }
  }

  #checkUsable(): void {
    if (this.#closed) throw new Error(`${this.path} was closed`);
    if (!this.#broken) return;
    throw new FoveaError("files/broken", `${this.path} takes nothing more after a failed write`, {
      hint: "resume the run: it opens the file anew, cut back to the last checkpoint",
    });
  }

  #release(): void {
    try {
      this.#io.close(this.#file);
    } catch {
      // the first error is the one to report
    }
  }
}
