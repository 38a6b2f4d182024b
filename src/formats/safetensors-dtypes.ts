import type { DType } from "../graph/dtype.ts";

/** Element types of the format: bytes of one element, and ours where we have it. */
export const storedDtypes: ReadonlyMap<string, { readonly bytes: number; readonly dtype?: DType }> = new Map([
  ["BOOL", { bytes: 1, dtype: "bool" }],
  ["U8", { bytes: 1, dtype: "uint8" }],
  ["I8", { bytes: 1 }],
  ["F8_E5M2", { bytes: 1 }],
  ["F8_E4M3", { bytes: 1 }],
  ["F8_E8M0", { bytes: 1 }],
  ["I16", { bytes: 2 }],
  ["U16", { bytes: 2 }],
  ["F16", { bytes: 2, dtype: "float16" }],
  ["BF16", { bytes: 2 }],
  ["I32", { bytes: 4, dtype: "int32" }],
  ["U32", { bytes: 4 }],
  ["F32", { bytes: 4, dtype: "float32" }],
  ["C64", { bytes: 8 }],
  ["F64", { bytes: 8, dtype: "float64" }],
  ["I64", { bytes: 8, dtype: "int64" }],
  ["U64", { bytes: 8 }],
]);

/** The format's name of one of our element types. */
export const storedName: Readonly<Record<DType, string>> = {
  bool: "BOOL",
  uint8: "U8",
  float16: "F16",
  int32: "I32",
  float32: "F32",
  float64: "F64",
  int64: "I64",
};

/** bfloat16 bits to float32: the same value, the upper half of its bits. */
export function widenBfloat16(bits: Uint16Array): Float32Array {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i] << 16;
  return new Float32Array(wide.buffer);
}

/** IEEE half-precision bits to float32, exactly. */
export function widenFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24; // subnormal
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
