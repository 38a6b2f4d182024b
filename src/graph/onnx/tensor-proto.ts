import { TensorProto_DataType, type TensorProto } from "onnx-buf";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import { defaultLimits } from "../../files/limits.ts";
import { dtypeOfCode, dtypes, sizeOf, type DType, type HostTensor, type Shape } from "../dtype.ts";
import { show } from "../tensor.ts";

/** Where the values of initialisers lie that a model keeps in files beside it, by `location`. Throws for a bad name. */
export type ExternalData = (location: string) => ByteSource;

/** Reads a tensor of the file; raw or external data only if its length is what shape and dtype need. */
export function hostTensorOf(proto: TensorProto, what: string, source: string, external?: ExternalData): HostTensor {
  const shape: Shape = proto.dims.map((size) => safeInteger(size, what, source));
  const dtype = dtypeOf(proto.dataType, what, source);
  if (shape.length > defaultLimits.tensorRank || shape.some((size) => size < 0))
    throw new FoveaError("onnx/shape", `${source}: ${what} has the shape [${shape.join(", ")}]`);
  const bytes = sizeOf(shape) * dtypes[dtype].bytes;
  if (proto.externalData.length > 0 || proto.dataLocation === 1)
    return { dtype, shape, data: arrayOver(externalBytes(proto, bytes, what, source, external), dtype) };
  if (proto.rawData.length > 0 || bytes === 0) {
    if (proto.rawData.length !== bytes)
      throw new FoveaError(
        "onnx/length",
        `${source}: ${what} ${show({ shape, dtype })} needs ${bytes} bytes and has ${proto.rawData.length}`,
      );
    return { dtype, shape, data: arrayOver(proto.rawData, dtype) };
  }
  return { dtype, shape, data: listedData(proto, dtype, sizeOf(shape), what, source) };
}

/** Copied: aligned for every element type; a Buffer.slice would not copy. */
const arrayOver = (bytes: Uint8Array, dtype: DType): HostTensor["data"] =>
  new dtypes[dtype].array(new Uint8Array(bytes).buffer);

function externalBytes(
  proto: TensorProto,
  bytes: number,
  what: string,
  source: string,
  external: ExternalData | undefined,
): Uint8Array {
  const fields = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = fields.get("location");
  if (external === undefined || location === undefined)
    throw new FoveaError("onnx/external", `${source}: ${what} lies in the external file ${location ?? "(no name)"}`, {
      hint: "read the model from a file (importOnnx with a path), so that files beside it are found",
    });
  const file = external(location);
  const number = (key: string, otherwise: number): number => {
    const value = fields.get(key) ?? String(otherwise);
    if (!/^\d{1,15}$/.test(value))
      throw new FoveaError("onnx/external", `${source}: ${what}: ${key} ${JSON.stringify(value)} of its external data`);
    return Number(value);
  };
  const offset = number("offset", 0);
  const length = number("length", bytes);
  if (length !== bytes)
    throw new FoveaError("onnx/length", `${source}: ${what} needs ${bytes} bytes and its external data has ${length}`);
  return file.read(offset, length); // checks the range before it allocates
}

function listedData(proto: TensorProto, dtype: DType, size: number, what: string, source: string): HostTensor["data"] {
  const list =
    dtype === "float32"
      ? proto.floatData
      : dtype === "int64"
        ? proto.int64Data
        : dtype === "float64"
          ? proto.doubleData
          : proto.int32Data;
  if (list.length !== size)
    throw new FoveaError("onnx/length", `${source}: ${what} needs ${size} values and has ${list.length}`);
  if (dtype === "int64") return BigInt64Array.from(list as bigint[]);
  return dtypes[dtype].array.from(list as number[]) as HostTensor["data"];
}

/** The dtype of an ONNX element type; refuses others by their ONNX name. */
export function dtypeOf(code: number, what: string, source: string): DType {
  const found = dtypeOfCode(code);
  if (found !== undefined) return found;
  const name = (TensorProto_DataType[code] as string | undefined)?.toLowerCase() ?? String(code);
  throw new FoveaError("onnx/dtype", `${source}: ${what} has element type ${name}, which is not supported`);
}

export function safeInteger(value: bigint, what: string, source: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number))
    throw new FoveaError("onnx/integer", `${source}: ${what} holds ${value}, beyond 2^53`);
  return number;
}
