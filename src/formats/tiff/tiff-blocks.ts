import { inflateZlib } from "#formats/zlib/zlib-codec";
import type { ByteSource } from "../../files/byte-source.ts";
import { rasterRefusal } from "../raster/raster.ts";

/** Bytes that one byte can become at most, by compression: deflate 1,032, LZW 12 bits for 4,093, PackBits 2 for 128. */
const ratios: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [5, 2730],
  [8, 1032],
  [32946, 1032],
  [32773, 64],
]);

/** Whether `count` stored bytes can be `size` bytes: asked for all blocks before anything is allocated. */
export const canHold = (compression: number, count: number, size: number): boolean =>
  size <= (ratios.get(compression) ?? 0) * count;

/** The `size` bytes of one block. LZW and PackBits may hold more, as some writers' last blocks do. */
export function inflateBlock(source: ByteSource, bytes: Uint8Array, compression: number, size: number): Uint8Array {
  const out = inflate(bytes, compression, size);
  if (out === undefined) throw rasterRefusal(source, `a block of ${bytes.length} bytes does not inflate to ${size}`);
  return out;
}

function inflate(bytes: Uint8Array, compression: number, size: number): Uint8Array | undefined {
  switch (compression) {
    case 1:
      return bytes.length >= size ? bytes.slice(0, size) : undefined;
    case 5:
      return lzw(bytes, size);
    case 32773:
      return packBits(bytes, size);
    default:
      return inflateZlib(bytes, size);
  }
}

function packBits(bytes: Uint8Array, size: number): Uint8Array | undefined {
  const out = new Uint8Array(size);
  let [at, to] = [0, 0];
  while (to < size) {
    if (at >= bytes.length) return undefined;
    const control = bytes[at++];
    if (control === 128) continue;
    const count = control < 128 ? control + 1 : 257 - control;
    if (control < 128) {
      if (at + count > bytes.length) return undefined;
      out.set(bytes.subarray(at, at + Math.min(count, size - to)), to);
      at += count;
    } else {
      if (at >= bytes.length) return undefined;
      out.fill(bytes[at++], to, to + count);
    }
    to += count;
  }
  return out;
}

const CLEAR = 256;
const END = 257;

/** TIFF's LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, highest bit first, one longer one code early. */
function lzw(bytes: Uint8Array, size: number): Uint8Array | undefined {
  const out = new Uint8Array(size);
  const [starts, lengths] = [new Uint32Array(4096), new Uint16Array(4096)]; // a code's bytes stand in `out` already
  let [position, bits, next, to] = [0, 9, 258, 0];
  let before = -1;
  while (to < size) {
    if (position + bits > bytes.length * 8) return undefined;
    const code = codeAt(bytes, position, bits);
    position += bits;
    if (code === END) return undefined;
    if (code === CLEAR) {
      [bits, next, before] = [9, 258, -1];
      continue;
    }
    const known = code < 256 || (code > END && code < next);
    if (!known && (before < 0 || code !== next)) return undefined;
    const start = to;
    if (code < 256) out[to++] = code;
    else {
      const from = known ? starts[code] : starts[next]; // an unknown code is what was before and its own first byte
      const length = known ? lengths[code] : lengths[next];
      for (let i = 0; i < length && to < size; i++) out[to++] = out[from + i];
    }
    if (before >= 0 && next < 4096) next++;
    if (next < 4096) [starts[next], lengths[next]] = [start, to - start + 1]; // grows by the first byte of what follows
    if (next + 1 >= 2 ** bits && bits < 12) bits++;
    before = code;
  }
  return out;
}

function codeAt(bytes: Uint8Array, position: number, bits: number): number {
  const at = position >> 3;
  const window = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  return (window >> (24 - bits - (position & 7))) & (2 ** bits - 1);
}
