import { constants, gunzipSync } from "node:zlib";
import { FoveaError } from "../errors/fovea-error.ts";

/** Whether `bytes` begin as a gzip file does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Inflates a gzip file to at most `mostBytes`, checking its CRC and length.
 *
 * @throws FoveaError `data/gzip`, naming `name`, for damage, truncation, trailing bytes, or more than `mostBytes`.
 */
export function gunzip(bytes: Uint8Array, name: string, mostBytes: number): Uint8Array {
  try {
    const options = { info: true, maxOutputLength: mostBytes, finishFlush: constants.Z_FINISH };
    // With `info` Node returns { buffer, engine }; its types know only the buffer.
    const { buffer, engine } = gunzipSync(bytes, options) as unknown as Inflated;
    if (engine.bytesWritten !== bytes.length) {
      throw new Error(`${bytes.length - engine.bytesWritten} bytes follow the end of the compressed data`);
    }
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (cause) {
    const tooLarge = cause instanceof RangeError;
    const reason = tooLarge ? `it inflates to more than ${mostBytes} bytes` : (cause as Error).message; // zlib throws Errors
    throw new FoveaError("data/gzip", `${name}: ${reason}`, { cause, hint: "the file is damaged: fetch it again" });
  }
}

interface Inflated {
  readonly buffer: Buffer;
  /** bytesWritten: input consumed. */
  readonly engine: { readonly bytesWritten: number };
}
