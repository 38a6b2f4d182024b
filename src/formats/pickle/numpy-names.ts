import type { HostTensor, Shape } from "../../graph/dtype.ts";
import { type NumpyType, parseNumpyType } from "../numpy-dtypes.ts";
import { readStored } from "../safetensors-data.ts";
import { columnMajorStrides, elementCount, gatherStrided, swapByteOrder } from "../strided-bytes.ts";
import type { Construct, Refuse } from "./pickle-dialect.ts";
import { describe, nodeOf, type PickleDtype, type PickleTensor, type PickleValue, textOf } from "./pickle-value.ts";

/** Arrays and numbers of numpy, of the types that npy files may have too: never objects. */
export const numpyNames: ReadonlyMap<string, Construct | undefined> = new Map<string, Construct | undefined>([
  ["numpy.ndarray", undefined],
  ["numpy.dtype", (args, refuse) => new NumpyDtype(args, refuse)],
  ["numpy.core.multiarray._reconstruct", () => new NumpyArray()],
  ["numpy.core.multiarray.scalar", scalar],
]);

/** `numpy.dtype("f4", False, True)`; its BUILD gives the byte order. */
class NumpyDtype implements PickleDtype {
  readonly kind = "dtype";
  readonly storedDtype: string;
  readonly bytes: number;
  bigEndian = false;

  constructor(args: readonly PickleValue[], refuse: Refuse) {
    const code = textOf(args[0]);
    const type = code === undefined ? undefined : parseNumpyType(code);
    if (type === undefined)
      throw refuse(`element type ${describe(args[0])} is not read; plain numbers and booleans are`);
    [this.storedDtype, this.bytes] = [type.storedDtype, type.bytes];
  }

  /** (version, byte order, None, None, None, -1, -1, 0). */
  build(state: PickleValue, refuse: Refuse): void {
    const items = tupleItems(state, refuse);
    const order = textOf(items[1]);
    if (order === undefined || !["<", ">", "|", "="].includes(order))
      throw refuse(`byte order ${describe(items[1])}, expected < > | or =`);
    if (items.slice(2, 5).some((item) => item !== undefined && item !== null))
      throw refuse("an element type with fields or a shape of its own is not read");
    this.bigEndian = order === ">" && this.bytes > 1;
  }

  get type(): NumpyType {
    return this;
  }
}

/** `_reconstruct(ndarray, (0,), b"b")` is an empty array; its BUILD gives shape, type and bytes. */
class NumpyArray implements PickleTensor {
  readonly kind = "tensor";
  storedDtype = "U8";
  shape: Shape = [0];
  #bytes: Uint8Array = new Uint8Array();
  #type: NumpyType = { storedDtype: "U8", bytes: 1, bigEndian: false };
  #columnMajor = false;

  get byteLength(): number {
    return this.#bytes.length;
  }

  /** (version, shape, dtype, column-major, bytes). */
  build(state: PickleValue, refuse: Refuse): void {
    const [, shape, dtype, columnMajor, bytes] = tupleItems(state, refuse);
    const sizes = tupleItems(shape, refuse).map((size) => {
      if (typeof size === "number" && Number.isSafeInteger(size) && size >= 0) return size;
      throw refuse(`size ${describe(size)} in the shape`);
    });
    if (!(dtype instanceof NumpyDtype)) throw refuse(`element type ${describe(dtype)}`);
    if (!(bytes instanceof Uint8Array)) throw refuse(`its elements are ${describe(bytes)}, expected bytes`);
    const count = sizes.length > 16 ? undefined : elementCount(sizes);
    if (count === undefined || count * dtype.bytes !== bytes.length)
      throw refuse(
        `shape [${sizes.slice(0, 16).join(", ")}] of ${dtype.storedDtype} does not fit ${bytes.length} bytes`,
      );
    [this.storedDtype, this.shape, this.#bytes] = [dtype.storedDtype, sizes, bytes];
    [this.#type, this.#columnMajor] = [dtype.type, columnMajor === true || columnMajor === 1];
  }

  load({ widen = false } = {}): HostTensor {
    const { bytes: size, bigEndian } = this.#type;
    let bytes = bigEndian ? swapByteOrder(this.#bytes, size) : this.#bytes;
    if (this.#columnMajor && bytes.length > 0)
      bytes = gatherStrided(bytes, size, this.shape, columnMajorStrides(this.shape));
    return readStored(bytes, { label: "numpy array", storedDtype: this.storedDtype, shape: this.shape, widen });
  }
}

/** `scalar(dtype, bytes)` as a plain number. */
function scalar([dtype, bytes]: readonly PickleValue[], refuse: Refuse): PickleValue {
  if (!(dtype instanceof NumpyDtype) || !(bytes instanceof Uint8Array) || bytes.length !== dtype.bytes)
    throw refuse(`expected an element type and its bytes, got ${describe(dtype)} and ${describe(bytes)}`);
  const { storedDtype } = dtype;
  const little = dtype.bigEndian ? swapByteOrder(bytes, dtype.bytes) : bytes;
  const view = new DataView(little.buffer, little.byteOffset, little.length);
  switch (storedDtype) {
    case "F64":
      return view.getFloat64(0, true);
    case "F32":
      return view.getFloat32(0, true);
    case "I64":
      return narrowed(view.getBigInt64(0, true));
    case "U64":
      return narrowed(view.getBigUint64(0, true));
    case "I32":
      return view.getInt32(0, true);
    case "U32":
      return view.getUint32(0, true);
    case "I16":
      return view.getInt16(0, true);
    case "U16":
      return view.getUint16(0, true);
    case "I8":
      return view.getInt8(0);
    case "U8":
      return view.getUint8(0);
    case "BOOL":
      return view.getUint8(0) !== 0;
    case "F16":
      return Number(readStored(little, { label: "number", storedDtype, shape: [], widen: true }).data[0]);
    default:
      throw refuse(`a number of type ${storedDtype} is not read`);
  }
}

const narrowed = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

function tupleItems(value: PickleValue, refuse: Refuse): readonly PickleValue[] {
  const node = nodeOf(value);
  if (node?.kind === "tuple") return node.items;
  throw refuse(`expected a tuple, got ${describe(value)}`);
}
