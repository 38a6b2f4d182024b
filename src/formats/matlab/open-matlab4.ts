import type { ByteSource } from "../../files/byte-source.ts";
import type { Limits } from "../../files/limits.ts";
import { columnMajorStrides, elementCount, gatherStrided } from "../strided-bytes.ts";
import { decodeValues, type ValueData, type ValueType, valueTypes } from "../value-array.ts";
import { decodeName } from "./matlab-bytes.ts";
import { textRows } from "./matlab-chars.ts";
import { matlabRefusal, type MatlabSparse, type MatlabValue, type MatlabVariable } from "./matlab-value.ts";

const HEADER = 20;
const storedTypes: readonly ValueType[] = ["float64", "float32", "int32", "int16", "uint16", "uint8"];
const kinds = ["numbers", "char", "sparse"] as const;

interface Header {
  readonly littleEndian: boolean;
  readonly stored: ValueType;
  readonly kind: (typeof kinds)[number];
  readonly shape: readonly [rows: number, columns: number];
  readonly complex: boolean;
  readonly nameBytes: number;
}

export const isMatlab4 = (source: ByteSource): boolean => source.size >= HEADER && readHeader(source, 0) !== undefined;

/** Opens a MAT-file of version 4: matrices one after the other, each with a header of five int32. */
export function openMatlab4(source: ByteSource, limits: Limits): ReadonlyMap<string, MatlabVariable> {
  const variables = new Map<string, MatlabVariable>();
  for (let at = 0; at < source.size;) {
    const header = source.size - at < HEADER ? undefined : readHeader(source, at);
    if (header === undefined) throw matlabRefusal("header", source.name, `no matrix of version 4 at byte ${at}`);
    const bytes = (elementCount(header.shape) ?? Infinity) * valueTypes[header.stored].bytes * (header.complex ? 2 : 1);
    const start = at + HEADER + header.nameBytes;
    if (!(start + bytes <= source.size) || header.nameBytes > limits.tensorNameBytes)
      throw matlabRefusal(
        "truncated",
        source.name,
        `the matrix at byte ${at} has ${bytes} bytes and a name of ${header.nameBytes}, ${source.size - at - HEADER} are left`,
      );
    const name = decodeName(source.read(at + HEADER, header.nameBytes), source.name);
    if (variables.has(name))
      throw matlabRefusal("duplicate", source.name, `variable ${JSON.stringify(name)} stands twice`);
    const label = `${source.name}: variable ${JSON.stringify(name)}`;
    const className = { numbers: "double", char: "char", sparse: "sparse" }[header.kind];
    variables.set(name, {
      name,
      className,
      shape: header.shape,
      load: () => readValue(source.read(start, bytes), header, label),
    });
    at = start + bytes;
  }
  return variables;
}

/** MOPT = 1000 M + 100 O + 10 P + T: byte order, 0, type, kind. */
function readHeader(source: ByteSource, at: number): Header | undefined {
  const bytes = source.read(at, HEADER);
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
  for (const littleEndian of [true, false]) {
    const [mopt, rows, columns, imaginary, nameBytes] = [0, 4, 8, 12, 16].map((offset) =>
      view.getInt32(offset, littleEndian),
    );
    const [order, zero, type, kind] = [
      Math.floor(mopt / 1000),
      Math.floor(mopt / 100) % 10,
      Math.floor(mopt / 10) % 10,
      mopt % 10,
    ];
    const fits = mopt >= 0 && mopt < 5000 && order === (littleEndian ? 0 : 1) && zero === 0 && type < 6 && kind < 3;
    if (!fits || rows < 0 || columns < 0 || (imaginary !== 0 && imaginary !== 1) || nameBytes < 1) continue;
    return {
      littleEndian,
      stored: storedTypes[type],
      kind: kinds[kind],
      shape: [rows, columns],
      complex: imaginary === 1,
      nameBytes,
    };
  }
  return undefined;
}

function readValue(bytes: Uint8Array, header: Header, label: string): MatlabValue {
  const { littleEndian, stored, kind, shape, complex } = header;
  const half = complex ? bytes.length / 2 : bytes.length;
  const real = decodeValues(bytes.subarray(0, half), stored, !littleEndian);
  const imaginary = complex ? decodeValues(bytes.subarray(half), stored, !littleEndian) : undefined;
  if (kind === "char")
    return textRows(
      Array.from(real as Uint8Array, (code) => character(Number(code))),
      shape,
      label,
    );
  if (kind === "sparse") return readSparse(real, shape, label);
  const type = imaginary === undefined ? stored : stored === "float32" ? "complex64" : "complex128";
  const data = imaginary === undefined ? real : interleaved(real, imaginary, type as "complex64" | "complex128");
  return { kind: "numbers", array: { type, shape, data: rowMajor(data, type, shape) }, stored };
}

const character = (code: number): string => (code >= 0 && code <= 0xffff ? String.fromCharCode(code) : "\ufffd");

function interleaved(real: ValueData, imaginary: ValueData, type: "complex64" | "complex128"): ValueData {
  const out = new valueTypes[type].array(2 * real.length);
  for (let i = 0; i < real.length; i++) [out[2 * i], out[2 * i + 1]] = [Number(real[i]), Number(imaginary[i])];
  return out;
}

function rowMajor(data: ValueData, type: ValueType, shape: readonly number[]): ValueData {
  if (data.length === 0) return data;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const gathered = gatherStrided(bytes, valueTypes[type].bytes, shape, columnMajorStrides(shape));
  return new valueTypes[type].array(gathered.buffer as ArrayBuffer);
}

/** Columns row, column (from 1), value and perhaps the imaginary part; the last line holds the size. */
function readSparse(data: ValueData, [lines, columns]: Header["shape"], label: string): MatlabSparse {
  const at = (line: number, column: number): number => Number(data[column * lines + line]);
  if (lines < 1 || (columns !== 3 && columns !== 4))
    throw matlabRefusal("sparse", label, `a sparse matrix stored as [${lines}, ${columns}]`);
  const count = lines - 1;
  const shape = [at(count, 0), at(count, 1)] as const;
  const entries = Array.from({ length: count }, (_, line) => ({ line, row: at(line, 0) - 1, column: at(line, 1) - 1 }));
  const inside = (value: number, size: number): boolean => Number.isInteger(value) && value >= 0 && value < size;
  if (
    !shape.every((size) => inside(size, 2 ** 31)) ||
    !entries.every(({ row, column }) => inside(row, shape[0]) && inside(column, shape[1]))
  )
    throw matlabRefusal("sparse", label, `entries that are not inside [${shape.join(", ")}]`);
  if (shape[1] > 8 * data.length + 2 ** 20)
    throw matlabRefusal("sparse", label, `${shape[1]} columns for ${count} entries`);
  entries.sort((a, b) => a.column - b.column || a.row - b.row);
  const starts = new Int32Array(shape[1] + 1);
  for (const { column } of entries) starts[column + 1]++;
  for (let column = 0; column < shape[1]; column++) starts[column + 1] += starts[column];
  const real = Float64Array.from(entries, ({ line }) => at(line, 2));
  const values =
    columns === 3
      ? ({ type: "float64", shape: [count], data: real } as const)
      : ({
          type: "complex128",
          shape: [count],
          data: interleaved(
            real,
            Float64Array.from(entries, ({ line }) => at(line, 3)),
            "complex128",
          ),
        } as const);
  return { kind: "sparse", shape, rows: Int32Array.from(entries, ({ row }) => row), starts, values };
}
