import type { Limits } from "../../files/limits.ts";
import type { Shape } from "../../graph/dtype.ts";
import { columnMajorStrides, elementCount, gatherStrided } from "../strided-bytes.ts";
import { type ValueArray, type ValueData, type ValueType, valueTypes } from "../value-array.ts";
import { MatlabBytes, miMatrix } from "./matlab-bytes.ts";
import { readChars } from "./matlab-chars.ts";
import {
  type MatlabNumbers,
  type MatlabSparse,
  type MatlabStruct,
  type MatlabValue,
  matlabRefusal,
} from "./matlab-value.ts";

const classNames: readonly string[] = [
  "none", "cell", "struct", "object", "char", "sparse", "double", "single", "int8", "uint8", "int16", "uint16", "int32",
  "uint32", "int64", "uint64", "function_handle", "opaque object",
]; // prettier-ignore

const numberTypes: ReadonlyMap<string, ValueType> = new Map([
  ["double", "float64"],
  ["single", "float32"],
  ...(["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] as const).map(
    (name) => [name, name] as const,
  ),
]);

/** What stands in front of an array's elements. */
export interface MatrixHeader {
  readonly className: string;
  readonly complex: boolean;
  readonly logical: boolean;
  readonly shape: Shape;
  readonly name: string;
}

/** Reads array flags, dimensions and name. Opaque objects have no dimensions: theirs are []. */
export function readMatrixHeader(bytes: MatlabBytes, limits: Limits): MatrixHeader {
  const { data: flags } = bytes.numbers("the array flags");
  if (flags.length !== 2)
    throw matlabRefusal("element", bytes.label, `array flags of ${flags.length} numbers, expected 2`);
  const word = Number(flags[0]);
  const className = classNames[word & 0xff] ?? `class ${word & 0xff}`;
  const common = { className, complex: (word & 0x800) !== 0, logical: (word & 0x200) !== 0 };
  if (className === "opaque object") return { ...common, shape: [], name: bytes.text("the name") };
  const shape = Array.from(bytes.numbers("the dimensions").data, Number);
  if (
    shape.length < 2 ||
    shape.length > limits.tensorRank ||
    !shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  )
    throw matlabRefusal("shape", bytes.label, `dimensions [${shape.slice(0, 20).join(", ")}]`);
  if (elementCount(shape) === undefined)
    throw matlabRefusal("shape", bytes.label, `[${shape.join(", ")}] has more elements than can be counted`);
  return { ...common, shape, name: bytes.text("the name") };
}

/** Reads what follows the header of an array: its elements. */
export function readMatrix(bytes: MatlabBytes, header: MatrixHeader, limits: Limits, depth = 0): MatlabValue {
  if (depth > limits.matlabDepth)
    throw matlabRefusal("depth", bytes.label, `cells and structs are nested deeper than ${limits.matlabDepth}`);
  const child = () => readChild(bytes, limits, depth + 1);
  const { className, shape } = header;
  switch (className) {
    case "cell":
      return { kind: "cell", shape, items: rowMajor(shape, children(bytes, shape, 1, child)) };
    case "struct":
      return readStruct(bytes, shape, child);
    case "char":
      return readChars(bytes, shape);
    case "sparse":
      return readSparse(bytes, header);
  }
  if (numberTypes.has(className)) return readNumbers(bytes, header);
  const hint = "take it out, or save its data as numbers, texts, cells and structs";
  throw matlabRefusal("class", bytes.label, `it is of class ${className}, which is not read`, hint);
}

function readChild(bytes: MatlabBytes, limits: Limits, depth: number): MatlabValue {
  const { type, bytes: inner } = bytes.element("an array");
  if (type !== miMatrix)
    throw matlabRefusal("element", bytes.label, `an element of data type ${type} where an array should be`);
  if (inner.length === 0)
    return { kind: "numbers", array: { type: "float64", shape: [0, 0], data: new Float64Array() }, stored: "float64" };
  const child = new MatlabBytes(inner, bytes.littleEndian, bytes.label);
  return readMatrix(child, readMatrixHeader(child, limits), limits, depth);
}

/** Every array takes 8 bytes at least, so that more cannot be there than the bytes allow. */
function children(bytes: MatlabBytes, shape: Shape, each: number, read: () => MatlabValue): MatlabValue[] {
  const count = elementCount(shape) as number; // checked with the header
  if (count * each > bytes.left / 8)
    throw matlabRefusal("truncated", bytes.label, `[${shape.join(", ")}] × ${each} arrays in ${bytes.left} bytes`);
  return Array.from({ length: count * each }, read);
}

function readStruct(bytes: MatlabBytes, shape: Shape, child: () => MatlabValue): MatlabStruct {
  const { data } = bytes.numbers("the length of field names");
  const width = Number(data[0]);
  const { bytes: names } = bytes.element("the field names");
  const count = names.length === 0 ? 0 : names.length / width;
  if (data.length !== 1 || !(width > 0) || !Number.isInteger(count))
    throw matlabRefusal("element", bytes.label, `field names of ${names.length} bytes, ${width} each`);
  const decoder = new TextDecoder("latin1");
  const fields = Array.from(
    { length: count },
    (_, i) => decoder.decode(names.subarray(i * width, (i + 1) * width)).split("\0", 1)[0],
  );
  const values = children(bytes, shape, count, child); // element by element, of each all fields
  const found = new Map<string, readonly MatlabValue[]>();
  const seen = new Map<string, number>();
  for (const [i, field] of fields.entries()) {
    const before = seen.get(field) ?? 0;
    seen.set(field, before + 1);
    const unique = before > 0 ? `_${before}_${field}` : field; // as scipy does
    found.set(
      unique,
      rowMajor(
        shape,
        values.filter((_, k) => k % count === i),
      ),
    );
  }
  return { kind: "struct", shape, fields: found };
}

function rowMajor<T>(shape: Shape, items: readonly T[]): T[] {
  if (shape.length === 2 && (shape[0] === 1 || shape[1] === 1)) return [...items];
  const order = Uint32Array.from(items, (_, i) => i);
  const bytes = new Uint8Array(order.buffer);
  if (items.length === 0) return [];
  const places = new Uint32Array(gatherStrided(bytes, 4, shape, columnMajorStrides(shape)).buffer);
  return Array.from(places, (place) => items[place]);
}

function readNumbers(bytes: MatlabBytes, { className, complex, logical, shape }: MatrixHeader): MatlabNumbers {
  const real = elementsOf(bytes, shape, "the real part");
  const meant: ValueType = logical ? "bool" : (numberTypes.get(className) as ValueType); // the caller has looked
  if (!complex) return { kind: "numbers", array: rows(converted(real.data, meant), meant, shape), stored: real.type };
  const imaginary = elementsOf(bytes, shape, "the imaginary part");
  const type = meant === "float32" ? "complex64" : "complex128";
  return { kind: "numbers", array: rows(interleaved(real.data, imaginary.data, type), type, shape), stored: real.type };
}

function elementsOf(bytes: MatlabBytes, shape: Shape, what: string): { type: ValueType; data: ValueData } {
  const found = bytes.numbers(what);
  const count = elementCount(shape) as number; // checked with the header
  if (found.data.length === count) return found;
  throw matlabRefusal(
    "element",
    bytes.label,
    `${what} has ${found.data.length} elements, [${shape.join(", ")}] has ${count}`,
  );
}

function converted(data: ValueData, type: ValueType): ValueData {
  const { array } = valueTypes[type];
  if (data instanceof array) return data;
  if (type === "int64") return BigInt64Array.from(data as Int32Array, (value) => BigInt(value)); // or any other numbers
  if (type === "uint64") return BigUint64Array.from(data as Int32Array, (value) => BigInt(value));
  if (type === "bool") return Uint8Array.from(data as Int32Array, (value) => (Number(value) === 0 ? 0 : 1));
  const out = new array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = Number(data[i]);
  return out;
}

function interleaved(real: ValueData, imaginary: ValueData, type: "complex64" | "complex128"): ValueData {
  const out = new valueTypes[type].array(2 * real.length);
  for (let i = 0; i < real.length; i++) [out[2 * i], out[2 * i + 1]] = [Number(real[i]), Number(imaginary[i])];
  return out;
}

/** Column-major elements to row-major. */
function rows(data: ValueData, type: ValueType, shape: Shape): ValueArray {
  if (data.length === 0 || (shape.length === 2 && (shape[0] === 1 || shape[1] === 1))) return { type, shape, data };
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const gathered = gatherStrided(bytes, valueTypes[type].bytes, shape, columnMajorStrides(shape));
  return { type, shape, data: new valueTypes[type].array(gathered.buffer as ArrayBuffer) };
}

function readSparse(bytes: MatlabBytes, { shape, complex, logical }: MatrixHeader): MatlabSparse {
  if (shape.length !== 2)
    throw matlabRefusal("shape", bytes.label, `a sparse array with dimensions [${shape.join(", ")}]`);
  const allRows = Int32Array.from(bytes.numbers("the row indices").data as Int32Array, Number);
  const starts = Int32Array.from(bytes.numbers("the column starts").data as Int32Array, Number);
  const count = starts.at(-1) ?? -1;
  const rising = starts.every((start, i) => start >= (i === 0 ? 0 : starts[i - 1]));
  if (starts.length !== shape[1] + 1 || starts[0] !== 0 || !rising || count > allRows.length)
    throw matlabRefusal(
      "sparse",
      bytes.label,
      `column starts that do not fit [${shape.join(", ")}] with ${allRows.length} elements`,
    );
  const rowIndices = allRows.slice(0, count);
  if (rowIndices.some((row) => row < 0 || row >= shape[0]))
    throw matlabRefusal("sparse", bytes.label, `a row outside 0 to ${shape[0] - 1}`);
  const part = (what: string): ValueData => {
    const element = bytes.element(what);
    const asBytes = logical && element.bytes.length < 8 * count; // MATLAB says double there
    const data = asBytes ? element.bytes : bytes.decoded(element, what).data;
    if (data.length < count)
      throw matlabRefusal("sparse", bytes.label, `${what} has ${data.length} elements, expected ${count}`);
    return data.slice(0, count);
  };
  const real = part("the real part");
  const values: ValueArray = complex
    ? { type: "complex128", shape: [count], data: interleaved(real, part("the imaginary part"), "complex128") }
    : { type: logical ? "bool" : "float64", shape: [count], data: converted(real, logical ? "bool" : "float64") };
  return { kind: "sparse", shape, rows: rowIndices, starts, values };
}
