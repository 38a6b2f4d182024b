import type { DType, HostTensor, TensorData } from "../graph/dtype.ts";
import { OrtTensor } from "#runtime/onnxruntime";

/** Wraps without copying. */
export function toOrt(value: HostTensor): OrtTensor {
  // ONNX Runtime types its constructor by dtype; HostTensor has tied data to dtype already
  return new OrtTensor(value.dtype as "float32", value.data as Float32Array, value.shape);
}

/** @param copy when the buffer will be written again */
export function toHost(tensor: OrtTensor, copy = false): HostTensor {
  const data = tensor.data as TensorData; // strings are not among our dtypes
  return { dtype: tensor.type as DType, shape: tensor.dims, data: copy ? data.slice() : data } as HostTensor;
}
