import { Inflate, inflateSync } from "fflate";

import { concatenate } from "../protobuf-wire.ts";

export { crc32 } from "../../files/checksum.ts";

/** As in zip-codec.node.ts. A browser inflates only asynchronously, and sources are read synchronously: hence fflate. */
export function inflateExactly(bytes: Uint8Array, size: number): Uint8Array | undefined {
  try {
    // the array given never grows; one byte more than it should be tells longer data apart
    const filled = inflateSync(bytes, { out: new Uint8Array(size + 1) });
    return filled.length === size ? filled : undefined;
  } catch {
    return undefined;
  }
}

/** As in zip-codec.node.ts. */
export function inflateStart(bytes: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  try {
    const inflate = new Inflate();
    inflate.ondata = (part) => parts.push(part);
    inflate.push(bytes, false);
    return concatenate(parts);
  } catch {
    return undefined;
  }
}
