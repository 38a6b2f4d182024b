import type { ByteSource } from "../files/byte-source.ts";
import { defaultLimits, type Limits } from "../files/limits.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { numpyTypeText } from "./numpy-dtypes.ts";
import { readNpyHeader } from "./npy-header.ts";
import { readStored } from "./safetensors-data.ts";
import type { StoredTensor } from "./safetensors.ts";
import { storedName } from "./safetensors-dtypes.ts";
import { columnMajorStrides, gatherStrided, swapByteOrder } from "./strided-bytes.ts";

/**
 * Opens an npy file (numpy/lib/format.py): only the header is read. Fortran order and big-endian numbers become row-major
 * and little endian when loaded.
 *
 * @throws FoveaError `formats/npy` naming file and field
 */
export function openNpy(source: ByteSource, name = "array", limits: Limits = defaultLimits): StoredTensor {
  const { storedDtype, bytes: size, bigEndian, columnMajor, shape, dataStart } = readNpyHeader(source, limits);
  const byteLength = source.size - dataStart;
  const load: StoredTensor["load"] = ({ widen = false } = {}) => {
    const stored = source.read(dataStart, byteLength);
    const little = bigEndian ? swapByteOrder(stored, size) : stored;
    const rows = columnMajor && byteLength > 0 ? gatherStrided(little, size, shape, columnMajorStrides(shape)) : little;
    return readStored(rows, { label: `${source.name}: ${name}`, storedDtype, shape, widen });
  };
  return { name, storedDtype, shape, byteLength, load };
}

/** `tensor` as an npy file, version 1.0, row-major and little endian, in chunks for `commitFile`: header, then data. */
export function writeNpy({ dtype, shape, data }: HostTensor): [header: Uint8Array, data: Uint8Array] {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${numpyTypeText(storedName[dtype])}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64; // so that the data are aligned
  const header = new TextEncoder().encode(`\u0000NUMPY\u0001\u0000\u0000\u0000${dict.padEnd(length - 11)}\n`);
  header[0] = 0x93;
  new DataView(header.buffer).setUint16(8, length - 10, true);
  return [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}
