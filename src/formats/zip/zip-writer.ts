import { crc32 } from "#formats/zip/zip-codec";
import { FoveaError } from "../../errors/fovea-error.ts";
import { concatenate } from "../protobuf-wire.ts";

/** The largest value of the fields that are not zip64. */
const NARROW = 0xffffffff;
/** 1 January 1980: the same input gives the same bytes. */
const DATE = 0x0021;

/**
 * `files` as a zip archive, stored and not compressed, in chunks for `commitFile`: headers, then each file's own chunks
 * (no copy; gone through twice, first for size and checksum). zip64 where needed. `alignment`: every file's data start at
 * a multiple of so many bytes (torch.save: 64).
 */
export function* writeZip(
  files: ReadonlyMap<string, Iterable<Uint8Array>>,
  { alignment = 1 }: { readonly alignment?: number } = {},
): Iterable<Uint8Array> {
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, chunks] of files) {
    let [size, crc] = [0, 0];
    for (const chunk of chunks) [size, crc] = [size + chunk.length, crc32(chunk, crc)];
    const entry = { name: nameBytes(name), crc, size, offset };
    const header = localHeader(entry, alignment);
    yield header;
    yield* chunks;
    directory.push(directoryEntry(entry));
    offset += header.length + size;
  }
  const start = offset;
  yield* directory;
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  yield endRecords(directory.length, start, size);
}

interface Entry {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly size: number;
  readonly offset: number;
}

function nameBytes(name: string): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length > 0xffff)
    throw new FoveaError("zip/name", `a name of ${bytes.length} bytes does not fit into a zip`);
  return bytes;
}

function localHeader({ name, crc, size, offset }: Entry, alignment: number): Uint8Array {
  const wide = size >= NARROW;
  const extra: Uint8Array[] = wide ? [fields([1, 2], [16, 2], [size, 8], [size, 8])] : [];
  const unpadded = offset + 30 + name.length + (wide ? 20 : 0);
  const padding = (alignment - (unpadded % alignment)) % alignment;
  if (padding > 0) {
    const total = padding < 4 ? padding + alignment : padding;
    extra.push(fields([0x4246, 2], [total - 4, 2]), new Uint8Array(total - 4)); // "FB", as torch.save pads
  }
  const extraBytes = extra.reduce((sum, { length }) => sum + length, 0);
  const narrow = wide ? NARROW : size;
  const head = fields(
    [0x04034b50, 4],
    [wide ? 45 : 20, 2],
    [0x0800, 2],
    [0, 2],
    [0, 2],
    [DATE, 2],
    [crc, 4],
    [narrow, 4],
    [narrow, 4],
    [name.length, 2],
    [extraBytes, 2],
  );
  return concatenate([head, name, ...extra]);
}

function directoryEntry({ name, crc, size, offset }: Entry): Uint8Array {
  const [wideSize, wideOffset] = [size >= NARROW, offset >= NARROW];
  const wide: [number, number][] = [];
  if (wideSize) wide.push([size, 8], [size, 8]);
  if (wideOffset) wide.push([offset, 8]);
  const extra = wide.length > 0 ? fields([1, 2], [8 * wide.length, 2], ...wide) : new Uint8Array();
  const narrow = wideSize ? NARROW : size;
  const version = wide.length > 0 ? 45 : 20;
  const head = fields(
    [0x02014b50, 4],
    [version, 2],
    [version, 2],
    [0x0800, 2],
    [0, 2],
    [0, 2],
    [DATE, 2],
    [crc, 4],
    [narrow, 4],
    [narrow, 4],
    [name.length, 2],
    [extra.length, 2],
    [0, 2],
    [0, 2],
    [0, 2],
    [0, 4],
    [wideOffset ? NARROW : offset, 4],
  );
  return concatenate([head, name, extra]);
}

function endRecords(count: number, start: number, size: number): Uint8Array {
  const wide = count >= 0xffff || start >= NARROW || size >= NARROW;
  const end = fields(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [Math.min(count, 0xffff), 2],
    [Math.min(count, 0xffff), 2],
    [Math.min(size, NARROW), 4],
    [Math.min(start, NARROW), 4],
    [0, 2],
  );
  if (!wide) return end;
  const end64 = fields(
    [0x06064b50, 4],
    [44, 8],
    [45, 2],
    [45, 2],
    [0, 4],
    [0, 4],
    [count, 8],
    [count, 8],
    [size, 8],
    [start, 8],
  );
  return concatenate([end64, fields([0x07064b50, 4], [0, 4], [start + size, 8], [1, 4]), end]);
}

/** Little-endian fields, each `[value, bytes]`. */
function fields(...values: readonly (readonly [value: number, bytes: number])[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [, size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [value, size] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else if (size === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += size;
  }
  return bytes;
}
