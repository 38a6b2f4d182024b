import type { FitsHeader } from "./fits-header.ts";
import { fitsRefusal } from "./fits-error.ts";
import { type ValueType, valueTypes } from "../value-array.ts";

/** TFORM of a binary table (standard 4.0, table 18): how many of what stand in a row. */
export interface ColumnForm {
  readonly code: "L" | "X" | "B" | "I" | "J" | "K" | "A" | "E" | "D" | "C" | "M" | "P" | "Q";
  readonly repeat: number;
  /** Bytes in the row. */
  readonly bytes: number;
  /** Of P and Q: what the lists hold. */
  readonly item?: ColumnForm;
}

/** The types of the codes that are numbers. */
export const numberTypes: ReadonlyMap<string, ValueType> = new Map([
  ["B", "uint8"],
  ["I", "int16"],
  ["J", "int32"],
  ["K", "int64"],
  ["E", "float32"],
  ["D", "float64"],
  ["C", "complex64"],
  ["M", "complex128"],
]);

export function parseForm(header: FitsHeader, field: number): ColumnForm {
  const text = header.text(`TFORM${field}`);
  const form = text === undefined ? undefined : formOf(text.trim());
  if (form !== undefined) return form;
  throw fitsRefusal(
    "table",
    header.label,
    `TFORM${field} is ${JSON.stringify(text ?? "missing")}, which is no form of a column`,
  );
}

function formOf(text: string): ColumnForm | undefined {
  const match = /^(\d{0,15})([LXBIJKAEDCMPQ])(.*)$/.exec(text);
  if (match === null) return undefined;
  const repeat = match[1] === "" ? 1 : Number(match[1]);
  const code = match[2] as ColumnForm["code"]; // the expression allows no other
  if (code !== "P" && code !== "Q") return { code, repeat, bytes: bytesOf(code, repeat) };
  const item = repeat <= 1 ? formOf(/^[LXBIJKAEDCM]/.exec(match[3])?.[0] ?? "") : undefined;
  return item && { code, repeat, bytes: repeat * (code === "P" ? 8 : 16), item };
}

/** Bytes of `count` elements. */
export function bytesOf(code: ColumnForm["code"], count: number): number {
  const type = numberTypes.get(code);
  if (type !== undefined) return count * valueTypes[type].bytes;
  return code === "X" ? Math.ceil(count / 8) : count;
}

/** Lengths inside a row by TDIM, the slowest first; undefined where it is absent or does not fit `repeat`. */
export function dimensions(header: FitsHeader, field: number, repeat: number): number[] | undefined {
  const match = /^\s*\(\s*(\d{1,15}(?:\s*,\s*\d{1,15})*)\s*\)\s*$/.exec(header.text(`TDIM${field}`) ?? "");
  if (match === null) return undefined;
  const lengths = match[1].split(",").map(Number).reverse();
  return lengths.reduce((product, length) => product * length, 1) === repeat ? lengths : undefined;
}
