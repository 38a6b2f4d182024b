import { FoveaError } from "../errors/fovea-error.ts";
import { type DType, dtypes, hostTensor, type HostTensor, type Shape, type TensorData } from "../graph/dtype.ts";
import { storedDtypes, widenBfloat16, widenFloat16 } from "./safetensors-dtypes.ts";

interface Stored {
  /** File and tensor, for messages. */
  readonly label: string;
  readonly storedDtype: string;
  readonly shape: Shape;
  readonly widen: boolean;
}

/** The little-endian `bytes` of a tensor as values; without a copy where they are aligned and their type is ours. */
export function readStored(bytes: Uint8Array, { label, storedDtype, shape, widen }: Stored): HostTensor {
  if (storedDtype === "BF16" && widen) return hostTensor("float32", shape, widenBfloat16(halves(bytes)));
  if (storedDtype === "F16" && widen) return hostTensor("float32", shape, widenFloat16(halves(bytes)));
  const dtype = storedDtypes.get(storedDtype)?.dtype;
  if (dtype === undefined) {
    const hint =
      storedDtype === "BF16"
        ? "load it with widen: true, as float32"
        : "convert it to one of F32, F16, F64, I64, I32, U8, BOOL";
    throw new FoveaError("safetensors/dtype", `${label} is ${storedDtype}, which no program here takes`, { hint });
  }
  const data = asValues(dtype, bytes);
  if (dtype === "bool" && (data as Uint8Array).some((value) => value > 1)) {
    throw new FoveaError("safetensors/bool", `${label} is BOOL and holds a byte other than 0 and 1`);
  }
  return hostTensor(dtype, shape, data);
}

const halves = (bytes: Uint8Array): Uint16Array => {
  const { buffer, byteOffset } = aligned(bytes, 2);
  return new Uint16Array(buffer, byteOffset, bytes.length / 2);
};

function asValues(dtype: DType, bytes: Uint8Array): TensorData {
  const { bytes: size, array } = dtypes[dtype];
  const { buffer, byteOffset } = aligned(bytes, size);
  return new array(buffer as ArrayBuffer, byteOffset, bytes.length / size); // sources hold no shared memory
}

/** A typed array starts at a multiple of its element's size: other bytes are copied (a Buffer's `slice` copies none). */
const aligned = (bytes: Uint8Array, size: number): Uint8Array =>
  bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
