import { decodeValues, type ValueArray, type ValueData, type ValueType, valueTypes } from "../value-array.ts";
import { fitsRefusal } from "./fits-error.ts";
import { axisLengths, type FitsUnit } from "./open-fits.ts";

const typeOf: ReadonlyMap<number, ValueType> = new Map([
  [8, "uint8"],
  [16, "int16"],
  [32, "int32"],
  [64, "int64"],
  [-32, "float32"],
  [-64, "float64"],
]);

/** BZERO with BSCALE 1 that means an integer type FITS does not have (standard 4.0, table 11). */
const shifted: readonly (readonly [stored: ValueType, zero: number, meant: ValueType])[] = [
  ["uint8", -128, "int8"],
  ["int16", 2 ** 15, "uint16"],
  ["int32", 2 ** 31, "uint32"],
  ["int64", 2 ** 63, "uint64"],
];

/** What BSCALE, BZERO and BLANK (of columns TSCAL, TZERO, TNULL) do to stored numbers. */
export interface Scaling {
  readonly scale: number;
  readonly zero: number;
  /** A stored integer that stands for 'no value'. */
  readonly blank: number | undefined;
}

/**
 * The image of a unit as [NAXISn, …, NAXIS1], values = BZERO + BSCALE · stored. Integers that are scaled or have BLANK
 * become float32 (8 and 16 bits) or float64, BLANK becomes NaN; the shifts that mean unsigned integers give those.
 *
 * @throws FoveaError `fits/kind` for a unit that holds no image, `fits/compressed` for a tile-compressed one
 */
export function readFitsImage(unit: FitsUnit): ValueArray {
  const { header, source, dataStart, dataBytes, kind } = unit;
  refuseCompressed(unit);
  if (kind !== "image") throw fitsRefusal("kind", header.label, `it holds no image (${kind})`, "open it as a table");
  const type = typeOf.get(header.number("BITPIX") ?? 0) as ValueType; // checked when it was opened
  const bytes = source.read(dataStart, dataBytes);
  const shape = axisLengths(header).reverse();
  const count = shape.reduce((product, size) => product * size, 1);
  if (count * valueTypes[type].bytes !== dataBytes)
    throw fitsRefusal(
      "length",
      header.label,
      "an image has GCOUNT 1 and PCOUNT 0",
      "open it with the program that wrote it",
    );
  const blank = type.startsWith("float") ? undefined : header.number("BLANK");
  const scaling = { scale: header.number("BSCALE") ?? 1, zero: header.number("BZERO") ?? 0, blank };
  const wide = type === "int32" || type === "int64" || type === "float64" ? "float64" : "float32";
  return { shape, ...scaled(type, decodeValues(bytes, type, true), scaling, wide) };
}

/** The numbers as they are meant; `wide` is the type of those that are no integers any more. */
export function scaled(
  type: ValueType,
  data: ValueData,
  { scale, zero, blank }: Scaling,
  wide: "float32" | "float64",
): { readonly type: ValueType; readonly data: ValueData } {
  if (scale === 1 && zero === 0 && blank === undefined) return { type, data };
  const meant = shifted.find(
    ([stored, shift]) => stored === type && scale === 1 && shift === zero && blank === undefined,
  );
  if (meant !== undefined) return { type: meant[2], data: flipSign(data, meant[2]) };
  const out = wide === "float64" ? new Float64Array(data.length) : new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const stored = Number(data[i]);
    out[i] = stored === blank ? NaN : zero + scale * stored;
  }
  return { type: wide, data: out };
}

/** Adding half the range is turning the highest bit over. */
function flipSign(data: ValueData, type: ValueType): ValueData {
  const { array, bytes } = valueTypes[type];
  const out = new array(data.length);
  const [from, to] = [data, out].map((one) => new Uint8Array(one.buffer, one.byteOffset, one.byteLength));
  to.set(from);
  for (let i = bytes - 1; i < to.length; i += bytes) to[i] ^= 0x80; // typed arrays are little endian here
  return out;
}

export function refuseCompressed({ kind, header }: FitsUnit): void {
  if (kind !== "compressed") return;
  const method = header.text("ZCMPTYPE") ?? "an unnamed method";
  throw fitsRefusal(
    "compressed",
    header.label,
    `it is tile-compressed (${method}), which is not read`,
    "unpack it with funpack or astropy first",
  );
}
