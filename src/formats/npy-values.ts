import type { ByteSource } from "../files/byte-source.ts";
import { defaultLimits, type Limits } from "../files/limits.ts";
import { readNpyHeader } from "./npy-header.ts";
import { columnMajorStrides, gatherStrided } from "./strided-bytes.ts";
import { decodeValues, type ValueArray, type ValueType } from "./value-array.ts";

const typeOf: ReadonlyMap<string, ValueType> = new Map([
  ["BOOL", "bool"],
  ["U8", "uint8"],
  ["U16", "uint16"],
  ["U32", "uint32"],
  ["U64", "uint64"],
  ["I8", "int8"],
  ["I16", "int16"],
  ["I32", "int32"],
  ["I64", "int64"],
  ["F16", "float16"],
  ["F32", "float32"],
  ["F64", "float64"],
  ["C64", "complex64"],
  ["C128", "complex128"],
]);

/**
 * Reads an npy file whole, whatever numbers it holds; `openNpy` is for those that programs take.
 *
 * @throws FoveaError `formats/npy` naming file and field
 */
export function readNpyValues(source: ByteSource, limits: Limits = defaultLimits): ValueArray {
  const { storedDtype, bytes: size, bigEndian, columnMajor, shape, dataStart } = readNpyHeader(source, limits);
  const type = typeOf.get(storedDtype) as ValueType; // the header's types are those of the table
  const stored = source.read(dataStart, source.size - dataStart);
  const rows =
    columnMajor && stored.length > 0 ? gatherStrided(stored, size, shape, columnMajorStrides(shape)) : stored;
  return { type, shape, data: decodeValues(rows, type, bigEndian) };
}
