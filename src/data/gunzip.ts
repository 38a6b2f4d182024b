import { constants, gunzipSync } from "node:zlib";
import { FoveaError } from "../errors/fovea-error.ts";
import { type ByteSource, memorySource } from "../files/byte-source.ts";

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

/** Deflate makes at most 1,032 bytes of one. */
const mostRatio = 1032;

/**
 * The inflated bytes of a gzip file as a source. The file's last four bytes say how many there are: so many are made and
 * no more, and a figure that its length cannot hold, or beyond `mostBytes`, is refused before anything is.
 *
 * @throws FoveaError `data/gzip`
 */
export function gunzipSource(file: ByteSource, mostBytes = 2 ** 30): ByteSource {
  const bytes = file.read(0, file.size);
  const said = bytes.length < 18 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
  if (said > Math.min(mostBytes, mostRatio * bytes.length)) {
    throw new FoveaError("data/gzip", `${file.name}: its end says that it inflates to ${said} bytes`, {
      hint: `at most ${mostBytes} are read, and ${bytes.length} bytes hold at most ${mostRatio} times as many`,
    });
  }
  return memorySource(gunzip(bytes, file.name, Math.max(1, said)), file.name);
}

interface Inflated {
  readonly buffer: Buffer;
  /** bytesWritten: input consumed. */
  readonly engine: { readonly bytesWritten: number };
}
