import type { ByteSource } from "../../files/byte-source.ts";
import { ByteCursor } from "../byte-cursor.ts";
import { zipRefusal } from "./zip-error.ts";

/** Where the central directory lies, by the records that end the file. */
export interface DirectoryPlace {
  readonly entries: number;
  readonly start: number;
  readonly end: number;
}

const END_BYTES = 22;
const END_SIGNATURE = 0x06054b50;
const LOCATOR_BYTES = 20;
const LOCATOR_SIGNATURE = 0x07064b50;
const END64_BYTES = 56;
const END64_SIGNATURE = 0x06064b50;

/**
 * Reads the end records (APPNOTE.TXT 4.3.14 to 4.3.16). They are the file's last bytes: a comment or anything else behind
 * them is refused, so that a file has one reading only.
 */
export function findDirectory(source: ByteSource): DirectoryPlace {
  const at = source.size - END_BYTES;
  if (at < 0) throw zipRefusal("end", source, `${source.size} bytes are too few for a zip archive`);
  const record = new ByteCursor(source, at);
  if (record.u32() !== END_SIGNATURE) {
    throw zipRefusal("end", source, "the last 22 bytes are no end record: truncated, or something follows the archive");
  }
  const [disk, startDisk, onDisk, entries] = [record.u16(), record.u16(), record.u16(), record.u16()];
  const [size, start, comment] = [record.u32(), record.u32(), record.u16()];
  if (comment !== 0) throw zipRefusal("end", source, `the end record announces a comment of ${comment} bytes`);
  const end64 = findEnd64(source, at);
  if (end64 !== undefined) {
    const fits = (field: number, none: number, real: number) => field === none || field === real;
    const agrees =
      fits(entries, 0xffff, end64.entries) &&
      fits(size, 0xffffffff, end64.end - end64.start) &&
      fits(start, 0xffffffff, end64.start);
    if (!agrees) throw zipRefusal("end", source, "the end record and the zip64 end record disagree");
    return end64;
  }
  if (disk !== 0 || startDisk !== 0 || onDisk !== entries)
    throw zipRefusal("end", source, "the archive is split over several files");
  return checked(source, { entries, start, end: start + size }, at);
}

/** The zip64 end record that the locator before `endRecord` points at, if there is one. */
function findEnd64(source: ByteSource, endRecord: number): DirectoryPlace | undefined {
  const at = endRecord - LOCATOR_BYTES;
  if (at < 0) return undefined;
  const locator = new ByteCursor(source, at, endRecord);
  if (locator.u32() !== LOCATOR_SIGNATURE) return undefined;
  const [disk, place, disks] = [locator.u32(), locator.u64(), locator.u32()];
  const record64 = at - END64_BYTES;
  if (disk !== 0 || disks > 1 || place !== BigInt(record64))
    throw zipRefusal("end", source, `the zip64 locator points at byte ${place}, expected ${record64}`);
  const record = new ByteCursor(source, record64, at);
  if (record.u32() !== END64_SIGNATURE || record.u64() !== BigInt(END64_BYTES - 12))
    throw zipRefusal("end", source, `no zip64 end record at byte ${record64}`);
  record.skip(12); // versions, disks
  const [onDisk, entries, size, start] = [record.u64(), record.u64(), record.u64(), record.u64()];
  if (onDisk !== entries) throw zipRefusal("end", source, "the archive is split over several files");
  const place64 = { entries: Number(entries), start: Number(start), end: Number(start + size) };
  return checked(source, place64, record64);
}

function checked(source: ByteSource, place: DirectoryPlace, expectedEnd: number): DirectoryPlace {
  const { start, end, entries } = place;
  if (start > end || end !== expectedEnd)
    throw zipRefusal("end", source, `the directory lies at ${start} to ${end}, expected up to byte ${expectedEnd}`);
  if (entries * 46 > end - start)
    throw zipRefusal("end", source, `${entries} entries are announced in a directory of ${end - start} bytes`);
  return place;
}
