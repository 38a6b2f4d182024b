import { deflateSync } from "node:zlib";

interface TiffOptions {
  readonly compression?: 1 | 5 | 8 | 32773;
  readonly littleEndian?: boolean;
  readonly bits?: 8 | 16;
  readonly samples?: 1 | 3;
  readonly predictor?: 1 | 2;
}

/** A TIFF of one strip for tests, written out by TIFF 6.0 and by nothing of ours. Predictor 2 is only announced. */
export function tiff(width: number, height: number, pixels: Uint8Array, options: TiffOptions = {}): Uint8Array {
  const { compression = 1, littleEndian = true, bits = 8, samples = 1, predictor = 1 } = options;
  const strip = { 1: (bytes: Uint8Array) => bytes, 5: plainLzw, 8: (bytes: Uint8Array) => new Uint8Array(deflateSync(bytes)), 32773: plainPackBits }[compression](pixels); // prettier-ignore
  const entries: [tag: number, value: number][] = [[256, width], [257, height], [258, bits], [259, compression], [262, samples === 3 ? 2 : 1], [273, 8], [277, samples], [278, height], [279, strip.length], [317, predictor]]; // prettier-ignore
  const start = 8 + strip.length + (strip.length % 2);
  const out = new Uint8Array(start + 2 + 12 * entries.length + 4);
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode(littleEndian ? "II" : "MM"));
  view.setUint16(2, 42, littleEndian);
  view.setUint32(4, start, littleEndian);
  out.set(strip, 8);
  view.setUint16(start, entries.length, littleEndian);
  for (const [i, [tag, value]] of entries.entries()) {
    const at = start + 2 + 12 * i;
    view.setUint16(at, tag, littleEndian);
    view.setUint16(at + 2, 4, littleEndian); // LONG
    view.setUint32(at + 4, 1, littleEndian);
    view.setUint32(at + 8, value, littleEndian);
  }
  return out;
}

/** Literal runs of up to 128. */
function plainPackBits(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at += 128) {
    const part = bytes.subarray(at, at + 128);
    out.push(part.length - 1, ...part);
  }
  return Uint8Array.from(out);
}

/** Codes of 9 bits, with a clear code before the table grows past them. */
function plainLzw(bytes: Uint8Array): Uint8Array {
  const codes: number[] = [];
  for (const [i, byte] of bytes.entries()) {
    if (i % 200 === 0) codes.push(256);
    codes.push(byte);
  }
  codes.push(257);
  const out = new Uint8Array(Math.ceil((codes.length * 9) / 8));
  for (const [i, code] of codes.entries())
    for (let bit = 0; bit < 9; bit++)
      if ((code >> (8 - bit)) & 1) out[(i * 9 + bit) >> 3] |= 128 >> ((i * 9 + bit) & 7);
  return out;
}
