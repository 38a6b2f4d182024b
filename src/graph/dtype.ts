import { FoveaError } from "../errors/fovea-error.ts";

/** Element types of tensors, by their ONNX names. */
export type DType = "float32" | "float16" | "float64" | "int64" | "int32" | "uint8" | "bool";

/** The typed array that holds a dtype: float16 as raw bits, bool as 0 or 1. */
export interface TypedArrayOf {
  float32: Float32Array;
  float16: Uint16Array;
  float64: Float64Array;
  int64: BigInt64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}
export type TensorData = TypedArrayOf[DType];

/** `onnx`: TensorProto.DataType; `bytes`: size of one element. */
export const dtypes = {
  float32: { onnx: 1, bytes: 4, floating: true, array: Float32Array },
  uint8: { onnx: 2, bytes: 1, floating: false, array: Uint8Array },
  int32: { onnx: 6, bytes: 4, floating: false, array: Int32Array },
  int64: { onnx: 7, bytes: 8, floating: false, array: BigInt64Array },
  bool: { onnx: 9, bytes: 1, floating: false, array: Uint8Array },
  float16: { onnx: 10, bytes: 2, floating: true, array: Uint16Array },
  float64: { onnx: 11, bytes: 8, floating: true, array: Float64Array },
} as const satisfies Record<DType, { onnx: number; bytes: number; floating: boolean; array: unknown }>;

/** The dtype of an ONNX element type (TensorProto.DataType), or undefined for one that we do not have. */
export const dtypeOfCode = (code: number): DType | undefined =>
  (Object.keys(dtypes) as DType[]).find((name) => dtypes[name].onnx === code); // Object.keys forgets the key type

export type Shape = readonly number[];

/** Number of elements of `shape`; 1 for a scalar `[]`. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** A tensor on the host: what is fed to programs, fetched from them and stored in files. Row-major. */
export interface HostTensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: Shape;
  readonly data: TypedArrayOf[D];
}

/** Wraps `data` without copying. Throws when the length is not the product of `shape`. */
export function hostTensor<D extends DType>(dtype: D, shape: Shape, data: TypedArrayOf[D]): HostTensor<D> {
  if (data.length !== sizeOf(shape)) {
    throw new FoveaError(
      "tensor/length",
      `${dtype} [${shape.join(", ")}] needs ${sizeOf(shape)} values, got ${data.length}`,
    );
  }
  return { dtype, shape, data };
}
