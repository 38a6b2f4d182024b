import { inflateZlib, inflateZlibStart } from "#formats/zlib/zlib-codec";
import type { ByteSource } from "../../files/byte-source.ts";
import { defaultLimits, type Limits } from "../../files/limits.ts";
import { MatlabBytes, miCompressed, miMatrix } from "./matlab-bytes.ts";
import { readMatrix, readMatrixHeader } from "./matlab-matrix.ts";
import { matlabRefusal, type MatlabVariable } from "./matlab-value.ts";
import { isMatlab4, openMatlab4 } from "./open-matlab4.ts";

const HEADER = 128;
/** A variable's flags, dimensions and name are shorter. */
const PEEK = 4096;
/** Deflate makes at most 1,032 bytes of one. */
const MOST_RATIO = 1032;

/** A compressed variable may inflate to 1 GiB by default. */
export const matlabLimits: Limits = { ...defaultLimits, inflatedBytes: 2 ** 30 };

/** Whether the first bytes are those of a MAT-file of version 5 or 7.3. */
export const isMatlab5 = (start: Uint8Array): boolean => endianness(start) !== undefined;

/**
 * Opens a MAT-file of version 4, 5, 6 or 7 (MathWorks, MAT-File Format, R2024a): names, classes and shapes at once, values
 * when they are loaded. Refused by name: version 7.3, which is HDF5; when they are loaded objects and function handles.
 *
 * @throws FoveaError `matlab/...` naming file and variable
 */
export function openMatlab(source: ByteSource, limits: Limits = matlabLimits): ReadonlyMap<string, MatlabVariable> {
  const start = source.read(0, Math.min(HEADER, source.size));
  const littleEndian = endianness(start);
  if (littleEndian === undefined) {
    if (isMatlab4(source)) return openMatlab4(source, limits);
    throw matlabRefusal("header", source.name, "it begins as no MAT-file of version 4, 5 or 7 does");
  }
  const version = new DataView(start.buffer, start.byteOffset).getUint16(124, littleEndian);
  if (version === 0x0200) {
    throw matlabRefusal(
      "version",
      source.name,
      "it is a MAT-file of version 7.3 (HDF5), which is not read",
      "save it again with save(..., '-v7')",
    );
  }
  if (version !== 0x0100)
    throw matlabRefusal("version", source.name, `version 0x${version.toString(16)}; 0x100 is read`);
  return readVariables(source, littleEndian, limits);
}

/** true: little endian; undefined: no version 5 file. */
function endianness(start: Uint8Array): boolean | undefined {
  if (start.length < HEADER) return undefined;
  const mark = String.fromCharCode(start[126], start[127]);
  return mark === "IM" ? true : mark === "MI" ? false : undefined;
}

function readVariables(source: ByteSource, littleEndian: boolean, limits: Limits): Map<string, MatlabVariable> {
  const variables = new Map<string, MatlabVariable>();
  for (let at = HEADER; at < source.size;) {
    if (source.size - at < 8)
      throw matlabRefusal("truncated", source.name, `${source.size - at} bytes follow the last variable`);
    const tag = source.read(at, 8);
    const view = new DataView(tag.buffer, tag.byteOffset, 8);
    const [type, length] = [view.getUint32(0, littleEndian), view.getUint32(4, littleEndian)];
    if (type !== miMatrix && type !== miCompressed)
      throw matlabRefusal("element", source.name, `an element of data type ${type} at byte ${at}, expected a variable`);
    if (length > source.size - at - 8)
      throw matlabRefusal(
        "truncated",
        source.name,
        `the variable at byte ${at} has ${length} bytes, ${source.size - at - 8} are left`,
      );
    const place = { start: at + 8, length, compressed: type === miCompressed };
    const variable = openVariable(source, place, littleEndian, limits);
    if (variables.has(variable.name))
      throw matlabRefusal("duplicate", source.name, `variable ${JSON.stringify(variable.name)} stands twice`);
    if (variable.name !== "") variables.set(variable.name, variable); // without name: what objects and functions refer to
    if (variables.size > limits.tensorsPerFile)
      throw matlabRefusal("limit", source.name, `more than ${limits.tensorsPerFile} variables`);
    at += 8 + length;
  }
  return variables;
}

interface Place {
  readonly start: number;
  readonly length: number;
  readonly compressed: boolean;
}

function openVariable(source: ByteSource, place: Place, littleEndian: boolean, limits: Limits): MatlabVariable {
  const at = `${source.name}: variable at byte ${place.start - 8}`;
  const whole = (): Uint8Array =>
    place.compressed ? inflated(source, place, littleEndian, at, limits) : source.read(place.start, place.length);
  let peeked = place.compressed
    ? peek(source, place, littleEndian, at)
    : source.read(place.start, Math.min(PEEK, place.length));
  if (place.compressed && peeked.length < 64) peeked = whole(); // zlib may hold back what it has not finished
  const { name, className, shape } = readMatrixHeader(new MatlabBytes(peeked, littleEndian, at), limits);
  if (name.length > limits.tensorNameBytes) throw matlabRefusal("name", at, `a name of ${name.length} characters`);
  return {
    name,
    className,
    shape,
    load() {
      const bytes = new MatlabBytes(whole(), littleEndian, `${source.name}: variable ${JSON.stringify(name)}`);
      return readMatrix(bytes, readMatrixHeader(bytes, limits), limits);
    },
  };
}

/** The beginning of what a compressed element holds, behind its tag. */
function peek(source: ByteSource, { start, length }: Place, littleEndian: boolean, label: string): Uint8Array {
  const bytes = inflateZlibStart(source.read(start, Math.min(PEEK, length)));
  if (bytes === undefined || bytes.length < 8) throw matlabRefusal("deflate", label, "its compressed data are damaged");
  innerLength(bytes, littleEndian, label);
  return bytes.subarray(8);
}

/** The length that the tag of the element inside says; it must be an array. */
function innerLength(bytes: Uint8Array, littleEndian: boolean, label: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint32(0, littleEndian);
  if (type !== miMatrix)
    throw matlabRefusal("element", label, `a compressed element of data type ${type}, expected an array`);
  return view.getUint32(4, littleEndian);
}

function inflated(
  source: ByteSource,
  { start, length }: Place,
  littleEndian: boolean,
  label: string,
  limits: Limits,
): Uint8Array {
  const first = inflateZlibStart(source.read(start, Math.min(PEEK, length)));
  if (first === undefined || first.length < 8) throw matlabRefusal("deflate", label, "its compressed data are damaged");
  const size = innerLength(first, littleEndian, label) + 8;
  if (size > Math.min(limits.inflatedBytes, MOST_RATIO * length))
    throw matlabRefusal(
      "limit",
      label,
      `${length} bytes that should inflate to ${size}; at most ${limits.inflatedBytes} are read`,
    );
  const bytes = inflateZlib(source.read(start, length), size);
  if (bytes === undefined) throw matlabRefusal("deflate", label, `its compressed data do not inflate to ${size} bytes`);
  return bytes.subarray(8);
}
