import { FoveaError } from "../errors/fovea-error.ts";

/**
 * Bytes of known number, read at any place: the only way into a file for every reader. Synchronous; in the browser the
 * bytes are in memory, or a worker reads a Blob.
 */
export interface ByteSource {
  /** For messages: a path, or what the bytes are. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /**
   * The `length` bytes from `offset` on, all of them; may be a view of the source, so they are not to be written to.
   * Throws a `FoveaError` when they reach past the end.
   */
  read(offset: number, length: number): Uint8Array;
}

/** A source over bytes in memory; `read` returns views of them. */
export function memorySource(bytes: Uint8Array, name = "bytes in memory"): ByteSource {
  const source: ByteSource = {
    name,
    size: bytes.length,
    read(offset, length) {
      checkRange(source, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
  return source;
}

/** Throws unless `offset` to `offset + length` lies inside `source`. Call it before anything of `length` is allocated. */
export function checkRange(source: ByteSource, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (whole && offset >= 0 && length >= 0 && offset + length <= source.size) return;
  throw new FoveaError(
    "files/range",
    `${source.name}: ${length} bytes at offset ${offset} are not inside its ${source.size} bytes`,
    { hint: "the file is truncated or damaged: fetch or write it again" },
  );
}
