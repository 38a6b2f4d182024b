import type { Shape } from "../../graph/dtype.ts";
import { elementCount } from "../strided-bytes.ts";
import { type MatlabBytes, miUtf8 } from "./matlab-bytes.ts";
import { matlabRefusal, type MatlabText } from "./matlab-value.ts";

const miUtf16 = 17;
const miUtf32 = 18;

/** A char array: column-major characters in UTF-8, UTF-16 or single bytes. Damaged UTF-8 shows as U+FFFD. */
export function readChars(bytes: MatlabBytes, shape: Shape): MatlabText {
  const units = characters(bytes);
  // an old MATLAB writes no bytes for blanks
  const blank = units.length === 0 ? (elementCount(shape) as number) : 0; // checked with the header
  if (blank > mostBlanks) throw matlabRefusal("limit", bytes.label, `${blank} blanks that are not in the file`);
  return textRows(blank > 0 ? new Array<string>(blank).fill(" ") : units, shape, bytes.label);
}

/** What is not in the file must not fill the memory. */
const mostBlanks = 2 ** 16;

/** Column-major characters of `shape` as texts along the last axis. */
export function textRows(units: readonly string[], shape: Shape, label: string): MatlabText {
  const count = elementCount(shape) as number; // checked with the header
  if (units.length !== count)
    throw matlabRefusal("element", label, `${units.length} characters, [${shape.join(", ")}] has ${count}`);
  if (count === 0) return { kind: "text", shape: [0], texts: [] };
  const outer = shape.slice(0, -1);
  const texts = count / (shape.at(-1) ?? 1);
  const rows = Array.from({ length: texts }, (_, row) => {
    const first = columnMajorPlace(row, outer);
    return Array.from({ length: shape.at(-1) ?? 0 }, (_unused, i) => units[first + i * texts]).join("");
  });
  return { kind: "text", shape: outer, texts: rows };
}

/** Where the row-major place `index` of `shape` stands in column-major order. */
function columnMajorPlace(index: number, shape: Shape): number {
  let rest = index;
  const places: number[] = [];
  for (const size of shape.toReversed()) {
    places.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  let [place, step] = [0, 1];
  for (const [axis, size] of shape.entries()) {
    place += places[axis] * step;
    step *= size;
  }
  return place;
}

function characters(bytes: MatlabBytes): string[] {
  const { type, bytes: data } = bytes.element("the characters");
  if (type === miUtf8) return Array.from(new TextDecoder("utf-8", { ignoreBOM: true }).decode(data));
  if (type === 1 || type === 2) return Array.from(data, (code) => String.fromCharCode(code));
  const size = type === 4 || type === 3 || type === miUtf16 ? 2 : type === miUtf32 || type === 6 || type === 5 ? 4 : 0;
  if (size === 0 || data.length % size !== 0)
    throw matlabRefusal("element", bytes.label, `characters of data type ${type} in ${data.length} bytes`);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Array.from({ length: data.length / size }, (_, i) => {
    const code = size === 2 ? view.getUint16(2 * i, bytes.littleEndian) : view.getUint32(4 * i, bytes.littleEndian);
    return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
  });
}
