/** FITS files for tests, written out by the standard and by nothing of ours. */
export type CardValue = string | number | boolean;

const FITS_BLOCK = 2880;

/** One card of 80 characters in fixed format. */
export function card(key: string, value: CardValue, comment = ""): string {
  const shown =
    typeof value === "string"
      ? `'${value.replaceAll("'", "''").padEnd(8)}'`.padEnd(20)
      : typeof value === "boolean"
        ? (value ? "T" : "F").padStart(20)
        : String(value).toUpperCase().padStart(20);
  return `${key.padEnd(8)}= ${shown}${comment === "" ? "" : ` / ${comment}`}`.padEnd(80).slice(0, 80);
}

/** A header from cards, END included, filled up with blanks. */
export function header(cards: readonly string[]): Uint8Array {
  const text = [...cards, "END"].map((line) => line.padEnd(80)).join("");
  return new TextEncoder().encode(text.padEnd(Math.ceil(text.length / FITS_BLOCK) * FITS_BLOCK));
}

export const cards = (values: Readonly<Record<string, CardValue>>): string[] =>
  Object.entries(values).map(([key, value]) => card(key, value));

/** Data filled up with zeros. */
export function padded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(bytes.length / FITS_BLOCK) * FITS_BLOCK);
  out.set(bytes);
  return out;
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

export const emptyPrimary = header(cards({ SIMPLE: true, BITPIX: 8, NAXIS: 0, EXTEND: true }));

/** A primary image; `axes` as NAXIS1, NAXIS2 … */
export function image(
  bitpix: number,
  axes: readonly number[],
  data: Uint8Array,
  more: Readonly<Record<string, CardValue>> = {},
): Uint8Array {
  const sizes = Object.fromEntries(axes.map((size, i) => [`NAXIS${i + 1}`, size]));
  return joined(header(cards({ SIMPLE: true, BITPIX: bitpix, NAXIS: axes.length, ...sizes, ...more })), padded(data));
}

/** A table behind an empty primary unit. */
export function table(
  kind: "BINTABLE" | "TABLE",
  [rowBytes, rows]: readonly [number, number],
  data: Uint8Array,
  more: Readonly<Record<string, CardValue>>,
): Uint8Array {
  const heap = data.length - rowBytes * rows;
  const fixed = { XTENSION: kind, BITPIX: 8, NAXIS: 2, NAXIS1: rowBytes, NAXIS2: rows, PCOUNT: heap, GCOUNT: 1 };
  return joined(emptyPrimary, header(cards({ ...fixed, ...more })), padded(data));
}

/** Numbers in big endian. */
export function bigEndian(kind: "Int16" | "Int32" | "Float32" | "Float64", values: readonly number[]): Uint8Array {
  const size = Number(/\d+/.exec(kind)) / 8;
  const out = new DataView(new ArrayBuffer(size * values.length));
  for (const [i, value] of values.entries()) out[`set${kind}`](i * size, value);
  return new Uint8Array(out.buffer);
}
