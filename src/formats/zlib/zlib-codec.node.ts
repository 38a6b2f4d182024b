import { constants, inflateSync } from "node:zlib";

/**
 * Inflates zlib data that must fill exactly `size` bytes and end where `bytes` end, its checksum included; undefined if
 * it does not. At most `size` + 1 bytes are ever made.
 */
export function inflateZlib(bytes: Uint8Array, size: number): Uint8Array | undefined {
  const options = { info: true, maxOutputLength: size + 1, finishFlush: constants.Z_FINISH };
  try {
    // with `info` Node returns { buffer, engine }; its types know only the buffer
    const { buffer, engine } = inflateSync(bytes, options) as unknown as Inflated;
    if (buffer.length !== size || engine.bytesWritten !== bytes.length) return undefined;
    return new Uint8Array(buffer.buffer, buffer.byteOffset, size);
  } catch {
    return undefined; // damaged, or longer than it says
  }
}

/** What the beginning of zlib data inflates to, at most 1,032 times as long; undefined if it is damaged. */
export function inflateZlibStart(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return new Uint8Array(inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }));
  } catch {
    return undefined;
  }
}

interface Inflated {
  readonly buffer: Buffer;
  /** bytesWritten: input consumed. */
  readonly engine: { readonly bytesWritten: number };
}
