import { decodeValues, type ValueData, type ValueType, valueTypes } from "../value-array.ts";
import { matlabRefusal } from "./matlab-value.ts";

/** Data types of elements (MAT-File Format, table 1-1); text types are read as their code units. */
const elementTypes: ReadonlyMap<number, ValueType> = new Map([
  [1, "int8"],
  [2, "uint8"],
  [3, "int16"],
  [4, "uint16"],
  [5, "int32"],
  [6, "uint32"],
  [7, "float32"],
  [9, "float64"],
  [12, "int64"],
  [13, "uint64"],
  [16, "uint8"],
  [17, "uint16"],
  [18, "uint32"],
]);

export const miMatrix = 14;
export const miCompressed = 15;
export const miUtf8 = 16;

/** A data element: its type and bytes. */
export interface Element {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Reads data elements one after another; all lengths are checked against the bytes that are left. */
export class MatlabBytes {
  readonly label: string;
  readonly littleEndian: boolean;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array, littleEndian: boolean, label: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.littleEndian = littleEndian;
    this.label = label;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next element: a tag of 8 bytes, the data, padding to 8; or all of up to 4 bytes in 8. */
  element(what: string): Element {
    if (this.left < 8) throw matlabRefusal("truncated", this.label, `it ends before ${what}`);
    const first = this.#view.getUint32(this.#at, this.littleEndian);
    const short = first >>> 16;
    const length = short > 0 ? short : this.#view.getUint32(this.#at + 4, this.littleEndian);
    const type = short > 0 ? first & 0xffff : first;
    const start = this.#at + (short > 0 ? 4 : 8);
    if (length > (short > 0 ? 4 : this.left - 8))
      throw matlabRefusal("truncated", this.label, `${what} has ${length} bytes, ${this.left - 8} are left`);
    this.#at = short > 0 ? this.#at + 8 : Math.min(start + Math.ceil(length / 8) * 8, this.#bytes.length);
    return { type, bytes: this.#bytes.subarray(start, start + length) };
  }

  /** The next element as numbers. */
  numbers(what: string): { readonly type: ValueType; readonly data: ValueData } {
    const element = this.element(what);
    return this.decoded(element, what);
  }

  /** The numbers of an element. */
  decoded({ type, bytes }: Element, what: string): { readonly type: ValueType; readonly data: ValueData } {
    const valueType = elementTypes.get(type);
    if (valueType === undefined || bytes.length % valueTypes[valueType].bytes !== 0)
      throw matlabRefusal("element", this.label, `${what} has data type ${type} and ${bytes.length} bytes`);
    return { type: valueType, data: decodeValues(bytes, valueType, !this.littleEndian) };
  }

  /** The next element as text of ASCII or UTF-8, up to its first NUL. */
  text(what: string): string {
    const { type, bytes } = this.element(what);
    if (type !== 1 && type !== 2 && type !== miUtf8)
      throw matlabRefusal("element", this.label, `${what} has data type ${type}, expected text`);
    return decodeName(bytes, this.label);
  }
}

export function decodeName(bytes: Uint8Array, label: string): string {
  const end = bytes.indexOf(0);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(end < 0 ? bytes : bytes.subarray(0, end));
  } catch {
    throw matlabRefusal("name", label, "a name is not valid UTF-8");
  }
}
