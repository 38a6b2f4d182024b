import { deflateRawSync } from "node:zlib";
import { crc32 } from "../../../src/formats/crc.ts";

interface Entry {
  readonly name: string;
  readonly data: Uint8Array;
  /** The data deflated; `size` what the headers say of it. */
  readonly size?: number;
  readonly crc?: number;
  /** Where the directory says that it lies; its own place when absent. */
  readonly offset?: number;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A zip of deflated entries whose headers may lie, by APPNOTE.TXT and by nothing of ours. */
export function lyingZip(entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, data, size = data.length, crc = crc32(data), offset } of entries) {
    const packed = new Uint8Array(deflateRawSync(data));
    const common = [[20, 2], [0, 2], [8, 2], [0, 4], [crc, 4], [packed.length, 4], [size, 4], [name.length, 2], [0, 2]] as const; // prettier-ignore
    const local = Buffer.concat([numbers([[0x04034b50, 4], ...common]), text(name), packed]);
    const central = numbers([[0x02014b50, 4], [20, 2], ...common, [0, 2], [0, 2], [0, 2], [0, 4], [offset ?? at, 4]]);
    directory.push(Buffer.concat([central, text(name)]));
    parts.push(local);
    at += local.length;
  }
  const tail = Buffer.concat(directory);
  const end = numbers([[0x06054b50, 4], [0, 2], [0, 2], [entries.length, 2], [entries.length, 2], [tail.length, 4], [at, 4], [0, 2]]); // prettier-ignore
  return new Uint8Array(Buffer.concat([...parts, tail, end]));
}

function numbers(fields: readonly (readonly [value: number, bytes: number])[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((sum, [, bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [value, bytes] of fields)
    for (let i = 0; i < bytes; i++) out[at++] = Math.floor(value / 2 ** (8 * i)) % 256;
  return out;
}

/** An npy file of zeros. */
export function zerosNpy(count: number): Uint8Array {
  const dict = `{'descr': '|u1', 'fortran_order': False, 'shape': (${count},), }`.padEnd(117);
  const out = new Uint8Array(128 + count);
  out.set([0x93, ...text("NUMPY"), 1, 0, 118, 0, ...text(`${dict}\n`)]);
  return out;
}

/** A tar header, with the checksum that fits. `size` as the 12 bytes of its field. */
export function tarHeader(name: string, size: string, type = "0", link = ""): Uint8Array {
  const out = new Uint8Array(512);
  for (const [at, value] of [[0, name], [100, "0000644\0"], [108, "0000000\0"], [116, "0000000\0"], [124, size], [136, "00000000000\0"], [148, " ".repeat(8)], [156, type], [157, link], [257, "ustar\0" + "00"]] as const) out.set(text(value), at); // prettier-ignore
  return soundTarHeader(out);
}

/** Every header of a damaged tar with its checksum mended: blocks that hold the magic word. */
export function soundTar(tar: Uint8Array): Uint8Array {
  const out = tar.slice();
  for (let at = 0; at + 512 <= out.length; at += 512)
    if (Buffer.from(out.subarray(at + 257, at + 262)).toString("latin1") === "ustar")
      soundTarHeader(out.subarray(at, at + 512));
  return out;
}

function soundTarHeader(block: Uint8Array): Uint8Array {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(text(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return block;
}
