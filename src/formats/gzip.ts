import { crc32, inflateExactly } from "#formats/zip/zip-codec";
import { FoveaError } from "../errors/fovea-error.ts";

/** Whether `bytes` begin as a gzip file does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * The contents of a gzip file of one member (RFC 1952); length and CRC are checked.
 *
 * @param name of the file, for errors
 * @param mostBytes that it may inflate to
 * @throws FoveaError `gzip/damaged` for anything else than that
 */
export function inflateGzip(bytes: Uint8Array, name: string, mostBytes = 2 ** 30): Uint8Array {
  const start = headerEnd(bytes);
  if (start === undefined || start > bytes.length - 8) throw damaged(name, "its header is not that of a gzip file");
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8);
  const size = trailer.getUint32(4, true);
  if (size > mostBytes) throw damaged(name, `it says that it inflates to ${size} bytes, at most ${mostBytes} are read`);
  const content = inflateExactly(bytes.subarray(start, bytes.length - 8), size);
  if (content === undefined) throw damaged(name, `its data do not inflate to the ${size} bytes that its end says`);
  if (crc32(content) !== trailer.getUint32(0, true)) throw damaged(name, "its checksum is wrong");
  return content;
}

/** Where the deflated data begin, or undefined: behind 10 bytes and the optional fields. */
function headerEnd(bytes: Uint8Array): number | undefined {
  if (!isGzip(bytes) || bytes[2] !== 8 || bytes.length < 18) return undefined;
  const [extra, name, comment, checksum] = [4, 8, 16, 2].map((bit) => (bytes[3] & bit) !== 0);
  let at = 10;
  if (extra) at += 2 + bytes[at] + 256 * bytes[at + 1];
  for (const text of [name, comment]) {
    if (!text) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  return checksum ? at + 2 : at;
}

const damaged = (name: string, reason: string): FoveaError =>
  new FoveaError("gzip/damaged", `${name}: ${reason}`, { hint: "the file is damaged or cut off: fetch it again" });
