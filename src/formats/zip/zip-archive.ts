import { crc32, inflateExactly, inflateStart } from "#formats/zip/zip-codec";
import type { ByteSource } from "../../files/byte-source.ts";
import { defaultLimits, type Limits } from "../../files/limits.ts";
import { ByteCursor } from "../byte-cursor.ts";
import { type DirectoryEntry, readDirectory } from "./zip-directory.ts";
import { quoted, zipRefusal } from "./zip-error.ts";
import { locateData } from "./zip-local-header.ts";

/** One file of an archive; its bytes are read by `read`, not before. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes once inflated. */
  readonly size: number;
  readonly compressed: boolean;
  /** Where the bytes of an entry that is not compressed lie in the archive. */
  readonly dataStart: number;
  /**
   * `length` bytes from `offset` on, by default all. Whatever is asked for, the CRC of the whole entry has been checked,
   * once, in pieces of 4 MiB; compressed entries are inflated whole each time.
   */
  read(offset?: number, length?: number): Uint8Array;
  /**
   * The first bytes, `length` of them or as many as there are, not verified: to see what the entry is. Of compressed
   * ones what the first 16 KiB hold.
   */
  peek(length: number): Uint8Array;
}

const PEEK_BYTES = 2 ** 14;
const CHECK_BYTES = 2 ** 22;
/** Local headers lie between data that is not read with them. */
const HEADER_WINDOW = 2 ** 14;

/**
 * Opens a zip archive (PKWARE APPNOTE.TXT 6.3.10; zip64 too): only headers are read. Strict, so that an archive has one
 * reading: it starts with its first entry and ends with its end record, entries lie without overlap or hole, local
 * headers and directory agree, names are unique, methods are stored and deflated, nothing is encrypted or split. The
 * deflated entries together may inflate to `inflatedBytes`.
 *
 * @throws FoveaError `zip/...` naming file and entry
 */
export function openZip(source: ByteSource, limits: Limits = defaultLimits): ReadonlyMap<string, ZipEntry> {
  const { entries, start } = readDirectory(source, limits);
  if ((entries[0]?.offset ?? start) !== 0)
    throw zipRefusal("leading", source, "the first entry does not begin at the file's first byte");
  let inflated = 0;
  const headers = new ByteCursor(source, 0, start, HEADER_WINDOW);
  const opened = entries.map((entry, i) => {
    const next = entries[i + 1]?.offset ?? start;
    if (entry.offset >= next) throw zipRefusal("overlap", source, `entry ${quoted(entry.name)} overlaps another`);
    if (entry.method === 8) inflated += entry.size;
    if (inflated > limits.inflatedBytes) {
      throw zipRefusal(
        "limit",
        source,
        `its entries inflate to more than ${limits.inflatedBytes} bytes at ${quoted(entry.name)}`,
      );
    }
    return zipEntry(source, entry, locateData(headers, entry, next));
  });
  return new Map(opened.map((entry) => [entry.name, entry]));
}

function zipEntry(source: ByteSource, entry: DirectoryEntry, dataStart: number): ZipEntry {
  const { name, size, crc, compressedSize } = entry;
  const damaged = () => zipRefusal("checksum", source, `entry ${quoted(name)} is damaged: its CRC-32 does not fit`);
  let verified = false;
  const check = (computed: number): void => {
    if (computed !== crc) throw damaged();
    verified = true;
  };
  const inflate = (): Uint8Array => {
    const bytes = inflateExactly(source.read(dataStart, compressedSize), size);
    if (bytes === undefined)
      throw zipRefusal("deflate", source, `entry ${quoted(name)} does not inflate to ${size} bytes`);
    if (!verified) check(crc32(bytes));
    return bytes;
  };
  const readStored = (offset: number, length: number): Uint8Array => {
    if (!verified && length < size) check(crcOf(source, dataStart, size));
    const bytes = source.read(dataStart + offset, length);
    if (!verified) check(crc32(bytes));
    return bytes;
  };
  return {
    name,
    size,
    compressed: entry.method === 8,
    dataStart,
    peek(length) {
      if (entry.method === 0) return source.read(dataStart, Math.min(length, size));
      const bytes = inflateStart(source.read(dataStart, Math.min(compressedSize, PEEK_BYTES)));
      if (bytes === undefined) throw zipRefusal("deflate", source, `entry ${quoted(name)} is damaged`);
      return bytes.subarray(0, length);
    },
    read(offset = 0, length = size - offset) {
      if (!(offset >= 0 && length >= 0 && offset + length <= size))
        throw zipRefusal("range", source, `entry ${quoted(name)} has ${size} bytes, not ${length} from ${offset} on`);
      return entry.method === 8 ? inflate().subarray(offset, offset + length) : readStored(offset, length);
    },
  };
}

function crcOf(source: ByteSource, start: number, size: number): number {
  let crc = 0;
  for (let done = 0; done < size; done += CHECK_BYTES)
    crc = crc32(source.read(start + done, Math.min(CHECK_BYTES, size - done)), crc);
  return crc;
}
