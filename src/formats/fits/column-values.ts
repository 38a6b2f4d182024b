import { decodeValues, type ValueArray, type ValueData, type ValueType } from "../value-array.ts";
import { type ColumnForm, numberTypes } from "./column-form.ts";
import { scaled, type Scaling } from "./fits-image.ts";
import type { FitsValues } from "./fits-table.ts";
import type { FitsUnit } from "./open-fits.ts";

/** TSCAL, TZERO and TNULL of a column. */
export function columnScaling({ header }: FitsUnit, field: number): Scaling {
  return {
    scale: header.number(`TSCAL${field}`) ?? 1,
    zero: header.number(`TZERO${field}`) ?? 0,
    blank: header.number(`TNULL${field}`),
  };
}

/** Numbers, truth values (old astropy wrote 1 for `T`) or bits. TNULL leaves plain integers as they are and becomes NaN in scaled ones. */
export function elements(
  bytes: Uint8Array,
  { code, repeat }: ColumnForm,
  shape: readonly number[],
  scaling: Scaling,
): FitsValues {
  if (code === "L") {
    const unknown = bytes.reduce((sum, byte) => sum + (byte === 0x54 || byte === 0x46 ? 0 : 1), 0);
    return {
      kind: "array",
      array: { type: "bool", shape, data: bytes.map((byte) => (byte === 0x54 || byte === 1 ? 1 : 0)) },
      nulls: unknown,
    };
  }
  if (code === "X") return { kind: "array", array: { type: "bool", shape, data: bits(bytes, repeat) }, nulls: 0 };
  const stored = numberTypes.get(code) as ValueType; // L, X, A, P and Q are dealt with
  return { kind: "array", ...scaledElements(stored, bytes, shape, scaling) };
}

function scaledElements(
  stored: ValueType,
  bytes: Uint8Array,
  shape: readonly number[],
  { scale, zero, blank }: Scaling,
): { array: ValueArray; nulls: number } {
  const data = decodeValues(bytes, stored, true);
  const whole = !stored.startsWith("float") && !stored.startsWith("complex");
  const nulls = whole && blank !== undefined ? countOf(data, blank) : 0;
  if ((scale === 1 && zero === 0) || stored.startsWith("complex"))
    return { array: { type: stored, shape, data }, nulls };
  const plain = scaled(stored, data, { scale, zero, blank: undefined }, "float64"); // first: is it an unsigned integer?
  const real = plain.type === "float64" && nulls > 0 ? scaled(stored, data, { scale, zero, blank }, "float64") : plain;
  return { array: { ...real, shape }, nulls };
}

function countOf(data: ValueData, wanted: number): number {
  let count = 0;
  for (const value of data) if (Number(value) === wanted) count++;
  return count;
}

/** Rows of `repeat` bits, the highest of a byte first; each row begins with a byte. */
function bits(bytes: Uint8Array, repeat: number): Uint8Array {
  const rowBytes = Math.ceil(repeat / 8);
  const rows = rowBytes === 0 ? 0 : bytes.length / rowBytes;
  const out = new Uint8Array(rows * repeat);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < repeat; i++) out[row * repeat + i] = (bytes[row * rowBytes + (i >> 3)] >> (7 - (i & 7))) & 1;
  return out;
}
