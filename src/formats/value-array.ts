import type { Shape } from "../graph/dtype.ts";
import { swapByteOrder } from "./strided-bytes.ts";

/** Element types of the arrays that scientific files hold: `bytes` of one element, `unit` of what byte order turns. */
export const valueTypes = {
  bool: { bytes: 1, unit: 1, array: Uint8Array },
  int8: { bytes: 1, unit: 1, array: Int8Array },
  uint8: { bytes: 1, unit: 1, array: Uint8Array },
  int16: { bytes: 2, unit: 2, array: Int16Array },
  uint16: { bytes: 2, unit: 2, array: Uint16Array },
  int32: { bytes: 4, unit: 4, array: Int32Array },
  uint32: { bytes: 4, unit: 4, array: Uint32Array },
  int64: { bytes: 8, unit: 8, array: BigInt64Array },
  uint64: { bytes: 8, unit: 8, array: BigUint64Array },
  /** Raw bits. */
  float16: { bytes: 2, unit: 2, array: Uint16Array },
  float32: { bytes: 4, unit: 4, array: Float32Array },
  float64: { bytes: 8, unit: 8, array: Float64Array },
  /** Real and imaginary part in turn. */
  complex64: { bytes: 8, unit: 4, array: Float32Array },
  complex128: { bytes: 16, unit: 8, array: Float64Array },
} as const;

export type ValueType = keyof typeof valueTypes;
export type ValueData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** An array as a file holds it, before anything decides what it is for. Row-major: the last axis varies fastest. */
export interface ValueArray {
  readonly type: ValueType;
  readonly shape: Shape;
  /** One item for each element, of complex types two. */
  readonly data: ValueData;
}

/** The elements of `bytes`, which hold a whole number of them; copied where byte order or alignment ask for it. */
export function decodeValues(bytes: Uint8Array, type: ValueType, bigEndian: boolean): ValueData {
  const { unit, array } = valueTypes[type];
  const swap = bigEndian && unit > 1;
  const little = swap ? swapByteOrder(bytes, unit) : bytes.byteOffset % unit === 0 ? bytes : new Uint8Array(bytes);
  return new array(little.buffer as ArrayBuffer, little.byteOffset, bytes.length / unit); // sources hold no shared memory
}

/** The elements as float64: integers beyond 2^53 rounded. Not for float16 and complex types. */
export const asNumbers = (data: ValueData): Float64Array =>
  data instanceof BigInt64Array || data instanceof BigUint64Array
    ? Float64Array.from(data as BigInt64Array, Number) // or the unsigned one: the union has no common `from`
    : new Float64Array(data);
