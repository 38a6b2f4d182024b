import type { ByteCursor } from "../byte-cursor.ts";
import { type DirectoryEntry, zip64Fields } from "./zip-directory.ts";
import { quoted, zipRefusal } from "./zip-error.ts";

const LOCAL_SIGNATURE = 0x04034b50;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const HAS_DESCRIPTOR = 8;

/**
 * Offset of the data of `entry`, read with `header`, a cursor over everything before the directory. The local header
 * must say what the directory says; the data, and after it the sizes that flag 3 announces, must end exactly at `next`,
 * where the next entry or the directory begins.
 */
export function locateData(header: ByteCursor, entry: DirectoryEntry, next: number): number {
  const fail = (what: string) => zipRefusal("entry", header.source, `entry ${quoted(entry.name)}: ${what}`);
  header.position = entry.offset;
  if (next - entry.offset < 30 || header.u32() !== LOCAL_SIGNATURE)
    throw fail(`no local header at byte ${entry.offset}`);
  header.skip(2);
  const [flags, method] = [header.u16(), header.u16()];
  header.skip(4);
  const [crc, compressed, size] = [header.u32(), header.u32(), header.u32()];
  const [nameBytes, extraBytes] = [header.u16(), header.u16()];
  const name = header.bytes(nameBytes);
  const sizes = zip64Fields(header.bytes(extraBytes), [size, compressed]);
  const sameName = new TextDecoder("utf-8", { ignoreBOM: true }).decode(name) === entry.name;
  if (flags !== entry.flags || method !== entry.method || !sameName || sizes === undefined)
    throw fail("its local header and the directory disagree");
  const later = (flags & HAS_DESCRIPTOR) !== 0;
  const same = (local: number, central: number) => local === central || (later && local === 0);
  if (!same(crc, entry.crc) || !same(sizes[0], entry.size) || !same(sizes[1], entry.compressedSize))
    throw fail("its local header and the directory disagree about size or checksum");
  const start = header.position;
  const end = start + entry.compressedSize;
  if (end > next) throw fail(`its data reach to byte ${end}, the next part begins at ${next}`);
  header.position = end;
  if (later) checkDescriptor(header, next - end, entry, fail);
  else if (end !== next) throw fail(`bytes ${end} to ${next} belong to no entry`);
  return start;
}

/** The data descriptor (4.3.9): an optional signature, CRC and both sizes in 4 or 8 bytes each. */
function checkDescriptor(
  cursor: ByteCursor,
  length: number,
  entry: DirectoryEntry,
  fail: (what: string) => Error,
): void {
  if (![12, 16, 20, 24].includes(length)) throw fail(`${length} bytes between its data and the next part`);
  const signed = length === 16 || length === 24;
  const wide = length >= 20;
  const size = () => (wide ? cursor.u64() : BigInt(cursor.u32()));
  if (signed && cursor.u32() !== DESCRIPTOR_SIGNATURE) throw fail("its data descriptor is malformed");
  const same = cursor.u32() === entry.crc && size() === BigInt(entry.compressedSize) && size() === BigInt(entry.size);
  if (!same) throw fail("its data descriptor and the directory disagree");
}
