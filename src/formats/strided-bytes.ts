import type { Shape } from "../graph/dtype.ts";

/** Elements of `shape`, or undefined beyond 2^53; checked at each factor, so that no product wraps around. */
export function elementCount(shape: Shape): number | undefined {
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (count > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return count;
}

/** Whether `strides` (in elements) are those of row-major order; axes of size 1 may have any. */
export function isRowMajor(shape: Shape, strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

/** Index of the last element of a view that begins at 0, or undefined beyond 2^53. `shape` holds no 0. */
export function lastIndex(shape: Shape, strides: readonly number[]): number | undefined {
  let last = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    last += (shape[axis] - 1) * strides[axis];
    if (!Number.isSafeInteger(last)) return undefined;
  }
  return last;
}

/** Strides of column-major order (Fortran). */
export function columnMajorStrides(shape: Shape): number[] {
  let step = 1;
  return shape.map((size) => (step *= size) / size);
}

/** The elements of `bytes` that a view with `strides` sees, copied to row-major order. `shape` holds no 0. */
export function gatherStrided(bytes: Uint8Array, size: number, shape: Shape, strides: readonly number[]): Uint8Array {
  const count = elementCount(shape) as number; // checked by the caller, which knows how much may be allocated
  const out = new Uint8Array(count * size);
  const inner = shape.length - 1;
  const [innerSize, innerStride] = inner < 0 ? [1, 0] : [shape[inner], strides[inner]];
  const copyRow = rowCopier(bytes, out, size);
  const index = new Array<number>(Math.max(inner, 0)).fill(0);
  let from = 0;
  for (let to = 0; to < count; to += innerSize) {
    copyRow(from, innerStride, to, innerSize);
    for (let axis = inner - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return out;
}

type CopyRow = (from: number, step: number, to: number, count: number) => void;

/** Elements of 8 bytes are copied as two halves: as float64 a signalling NaN would change. */
function rowCopier(bytes: Uint8Array, out: Uint8Array, size: number): CopyRow {
  const unit = size >= 4 ? 4 : size;
  const array = unit === 4 ? Uint32Array : unit === 2 ? Uint16Array : Uint8Array;
  const aligned = bytes.byteOffset % unit === 0 ? bytes : bytes.slice();
  const source = new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, bytes.length / unit); // no shared memory
  const target = new array(out.buffer as ArrayBuffer, 0, out.length / unit);
  const units = size / unit;
  return (from, step, to, count) => {
    for (let i = 0; i < count; i++)
      for (let part = 0; part < units; part++)
        target[(to + i) * units + part] = source[(from + i * step) * units + part];
  };
}

/** The bytes of each element in reverse, copied. */
export function swapByteOrder(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += size)
    for (let i = 0; i < size; i++) out[start + i] = bytes[start + size - 1 - i];
  return out;
}
