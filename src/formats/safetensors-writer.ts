import { FoveaError } from "../errors/fovea-error.ts";
import { dtypes, sizeOf, type HostTensor } from "../graph/dtype.ts";
import { storedName } from "./safetensors-dtypes.ts";

/**
 * `tensors` as a safetensors file, in chunks for `commitFile` or a `Saver`: the header, then each tensor's own memory
 * (no copy). Wide elements first and by name among equals, after a header padded with spaces to a multiple of 8, so
 * that each tensor starts at a multiple of its element's size; the same input gives the same bytes.
 */
export function* writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Iterable<Uint8Array> {
  const sorted = [...tensors].sort(
    ([a, x], [b, y]) => dtypes[y.dtype].bytes - dtypes[x.dtype].bytes || (a < b ? -1 : 1),
  );
  yield header(sorted, metadata);
  for (const [, tensor] of sorted) yield bytesOf(tensor);
}

/** A tensor's own memory. */
export const bytesOf = ({ data }: HostTensor): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function header(sorted: readonly (readonly [string, HostTensor])[], metadata: ReadonlyMap<string, string>): Uint8Array {
  const entries: string[] = metadata.size > 0 ? [member("__metadata__", Object.fromEntries(metadata))] : [];
  let begin = 0;
  for (const [name, { dtype, shape }] of sorted) {
    checkName(name);
    const end = begin + sizeOf(shape) * dtypes[dtype].bytes; // no look at `data`, which may be read from a file then
    entries.push(member(name, { dtype: storedName[dtype], shape, data_offsets: [begin, end] }));
    begin = end;
  }
  const json = new TextEncoder().encode(`{${entries.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

/** Written member by member: an object with a key `__proto__` would lose it. */
const member = (key: string, value: unknown): string => `${JSON.stringify(key)}:${JSON.stringify(value)}`;

function checkName(name: string): void {
  if (name === "__metadata__")
    throw new FoveaError("safetensors/name", "a tensor cannot be named __metadata__: the format keeps that name");
  if (/\p{Surrogate}/u.test(name))
    throw new FoveaError("safetensors/name", `tensor name ${JSON.stringify(name)} is not valid Unicode`);
}
