import type { ByteSource } from "../../files/byte-source.ts";
import type { Limits } from "../../files/limits.ts";
import { ByteCursor } from "../byte-cursor.ts";
import { findDirectory } from "./zip-end.ts";
import { quoted, zipRefusal } from "./zip-error.ts";

/** What the central directory says of an entry. */
export interface DirectoryEntry {
  readonly name: string;
  readonly flags: number;
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8;
  readonly crc: number;
  readonly compressedSize: number;
  /** Bytes once inflated. */
  readonly size: number;
  /** Offset of the local header. */
  readonly offset: number;
}

export interface Directory {
  /** Sorted by offset. */
  readonly entries: readonly DirectoryEntry[];
  readonly start: number;
}

/** Bit 3: sizes follow the data; 11: the name is UTF-8; 1 and 2: how hard deflate tried. Others change how to read. */
const KNOWN_FLAGS = 0x080e;
const ENTRY_SIGNATURE = 0x02014b50;

/** Reads the central directory (APPNOTE.TXT 4.3.12); names are unique, valid UTF-8 and within the limit. */
export function readDirectory(source: ByteSource, limits: Limits): Directory {
  const { entries: count, start, end } = findDirectory(source);
  if (count > limits.archiveEntries)
    throw zipRefusal("limit", source, `${count} entries, at most ${limits.archiveEntries} are read`);
  const cursor = new ByteCursor(source, start, end);
  const entries = new Map<string, DirectoryEntry>();
  for (let i = 0; i < count; i++) {
    const entry = readEntry(cursor, limits);
    if (entries.has(entry.name)) throw zipRefusal("duplicate", source, `entry ${quoted(entry.name)} stands twice`);
    entries.set(entry.name, entry);
  }
  if (cursor.left !== 0)
    throw zipRefusal("directory", source, `${cursor.left} bytes follow the directory's last entry`);
  return { entries: [...entries.values()].sort((a, b) => a.offset - b.offset), start };
}

function readEntry(cursor: ByteCursor, limits: Limits): DirectoryEntry {
  const { source, position } = cursor;
  if (cursor.u32() !== ENTRY_SIGNATURE) throw zipRefusal("directory", source, `no directory entry at byte ${position}`);
  cursor.skip(4); // versions
  const [flags, method] = [cursor.u16(), cursor.u16()];
  cursor.skip(4); // time
  const [crc, compressed, size] = [cursor.u32(), cursor.u32(), cursor.u32()];
  const [nameBytes, extraBytes, commentBytes, disk] = [cursor.u16(), cursor.u16(), cursor.u16(), cursor.u16()];
  cursor.skip(6); // attributes
  const offset = cursor.u32();
  if (nameBytes > limits.archiveNameBytes)
    throw zipRefusal("limit", source, `a name of ${nameBytes} bytes, at most ${limits.archiveNameBytes} are read`);
  const name = decodeName(cursor.bytes(nameBytes), source);
  const extra = cursor.bytes(extraBytes);
  cursor.skip(commentBytes);
  const fail = (what: string) => zipRefusal("entry", source, `entry ${quoted(name)}: ${what}`);
  if ((flags & ~KNOWN_FLAGS) !== 0)
    throw fail(flags & 1 ? "it is encrypted" : `flags 0x${flags.toString(16)} are not known`);
  if (method !== 0 && method !== 8) throw fail(`compression method ${method}; stored (0) and deflated (8) can be read`);
  if (disk !== 0 && disk !== 0xffff) throw fail("it lies in another file of a split archive");
  const wide = zip64Fields(extra, [size, compressed, offset]);
  if (wide === undefined) throw fail("its zip64 field is malformed, or a size is beyond 2^53");
  const entry = { name, flags, method, crc, size: wide[0], compressedSize: wide[1], offset: wide[2] } as const;
  if (method === 0 && entry.size !== entry.compressedSize)
    throw fail(`stored, with ${entry.compressedSize} bytes that should be ${entry.size}`);
  return entry;
}

/** Strict UTF-8 (ASCII where the flag is missing is the same); others have no certain meaning. */
function decodeName(bytes: Uint8Array, source: ByteSource): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw zipRefusal("name", source, "an entry's name is not UTF-8");
  }
}

/**
 * `fields` (size, compressed size, offset) with those that are all ones replaced by the zip64 extra field's values
 * (4.5.3), which holds just these, in this order. Undefined where it is malformed or a value is beyond 2^53.
 */
export function zip64Fields(extra: Uint8Array, fields: readonly number[]): number[] | undefined {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  const wanted = fields.filter((field) => field === 0xffffffff).length;
  for (let at = 0; wanted > 0 && at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const length = view.getUint16(at + 2, true);
    if (length < 8 * wanted || at + 4 + length > extra.length) return undefined;
    let next = at + 4;
    const values = fields.map((field) => {
      if (field !== 0xffffffff) return field;
      next += 8;
      return Number(view.getBigUint64(next - 8, true));
    });
    return values.every(Number.isSafeInteger) ? values : undefined;
  }
  return wanted === 0 ? [...fields] : undefined;
}
