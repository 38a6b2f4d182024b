import type { ByteSource } from "../../files/byte-source.ts";
import { rasterRefusal } from "../raster/raster.ts";

/** Bytes of a field's elements by type: BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE … DOUBLE. */
const sizes: readonly number[] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

/** Numbers of the fields of a directory, by tag. Texts and fractions are passed over. */
export interface TiffDirectory {
  readonly fields: ReadonlyMap<number, readonly number[]>;
  /** Directories in the file: pages. */
  readonly pages: number;
}

const mostFields = 4096;
const mostPages = 65_536;

export const isTiff = (start: Uint8Array): boolean => {
  const mark = String.fromCharCode(...start.subarray(0, 2));
  const number = mark === "II" ? start[2] + 256 * start[3] : mark === "MM" ? 256 * start[2] + start[3] : 0;
  return number === 42 || number === 43;
};

/**
 * Reads the first directory (TIFF 6.0, section 2), and follows the chain of the others to count them; each offset is
 * visited once.
 */
export function readDirectory(source: ByteSource): TiffDirectory & { readonly littleEndian: boolean } {
  const start = source.read(0, Math.min(8, source.size));
  if (start.length < 8 || !isTiff(start)) throw rasterRefusal(source, "it begins as no TIFF file does");
  const littleEndian = start[0] === 0x49;
  const view = new DataView(start.buffer, start.byteOffset, 8);
  if (view.getUint16(2, littleEndian) === 43) throw rasterRefusal(source, "it is a BigTIFF, which is not read");
  const visited = new Set<number>();
  let fields: ReadonlyMap<number, readonly number[]> | undefined;
  for (let at = view.getUint32(4, littleEndian); at !== 0;) {
    if (visited.has(at)) throw rasterRefusal(source, `the directory at byte ${at} follows itself`);
    visited.add(at);
    if (visited.size > mostPages) throw rasterRefusal(source, `more than ${mostPages} directories`);
    const entries = readEntries(source, at, littleEndian);
    fields ??= numbersOf(source, entries.view, entries.count, littleEndian);
    at = entries.next;
  }
  if (fields === undefined) throw rasterRefusal(source, "it has no directory");
  return { fields, pages: visited.size, littleEndian };
}

function readEntries(
  source: ByteSource,
  at: number,
  littleEndian: boolean,
): { view: DataView; count: number; next: number } {
  const head = source.read(at, 2);
  const count = new DataView(head.buffer, head.byteOffset, 2).getUint16(0, littleEndian);
  if (count > mostFields)
    throw rasterRefusal(source, `the directory at byte ${at} has ${count} fields, at most ${mostFields} are read`);
  const bytes = source.read(at + 2, count * 12 + 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { view, count, next: view.getUint32(count * 12, littleEndian) };
}

function numbersOf(
  source: ByteSource,
  view: DataView,
  count: number,
  littleEndian: boolean,
): Map<number, readonly number[]> {
  const fields = new Map<number, readonly number[]>();
  let total = 0;
  for (let i = 0; i < count; i++) {
    const at = 12 * i;
    const [tag, type, length] = [
      view.getUint16(at, littleEndian),
      view.getUint16(at + 2, littleEndian),
      view.getUint32(at + 4, littleEndian),
    ];
    if (type !== 1 && type !== 3 && type !== 4) continue; // no field that is needed here has another type
    if (fields.has(tag)) throw rasterRefusal(source, `field ${tag} stands twice`);
    const bytes = length * sizes[type];
    total += bytes;
    if (total > source.size)
      throw rasterRefusal(source, `field ${tag} has ${length} numbers, more than the file holds`);
    const inline = new Uint8Array(view.buffer, view.byteOffset + at + 8, 4);
    const data = bytes <= 4 ? inline.subarray(0, bytes) : source.read(view.getUint32(at + 8, littleEndian), bytes);
    fields.set(tag, decode(data, sizes[type], littleEndian));
  }
  return fields;
}

function decode(bytes: Uint8Array, size: number, littleEndian: boolean): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / size }, (_, i) =>
    size === 1 ? bytes[i] : size === 2 ? view.getUint16(2 * i, littleEndian) : view.getUint32(4 * i, littleEndian),
  );
}
