import { dtypes, type HostTensor } from "../../../src/graph/dtype.ts";

/**
 * What ONNX's own runner of these cases allows: |a − b| ≤ 1e-7 + 1e-3·|b|, and, where sums cancel (a Fourier transform's
 * exact zeros), 1e-6 of the largest value; whole numbers and bools are equal.
 */
const [absolute, relative, ofLargest] = [1e-7, 1e-3, 1e-6];

/** What is wrong with `actual`, or undefined. */
export function difference(name: string, actual: HostTensor | undefined, expected: HostTensor): string | undefined {
  if (actual === undefined) return `${name} is missing`;
  const kind = ({ dtype, shape }: HostTensor): string => `${dtype} [${shape.join(", ")}]`;
  if (kind(actual) !== kind(expected)) return `${name} is ${kind(actual)}, expected ${kind(expected)}`;
  const exact = !dtypes[expected.dtype].floating;
  let largest = 0;
  if (!exact)
    for (let i = 0; i < expected.data.length; i++) {
      const size = Math.abs(valueAt(expected, i));
      if (size < Infinity) largest = Math.max(largest, size);
    }
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [valueAt(actual, i), valueAt(expected, i)];
    const same = a === b || (Number.isNaN(a) && Number.isNaN(b));
    if (!same && (exact || !(Math.abs(a - b) <= absolute + ofLargest * largest + relative * Math.abs(b))))
      return `${name}[${i}] is ${a}, expected ${b}`;
  }
  return undefined;
}

export const valueAt = ({ dtype, data }: HostTensor, i: number): number =>
  dtype === "float16" ? fromFloat16(Number(data[i])) : Number(data[i]);

function fromFloat16(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
