import { Unzlib, unzlibSync } from "fflate";

import { concatenate } from "../protobuf-wire.ts";

/** As in zlib-codec.node.ts; fflate does not look at the checksum. */
export function inflateZlib(bytes: Uint8Array, size: number): Uint8Array | undefined {
  try {
    // the array given never grows; one byte more than it should be tells longer data apart
    const filled = unzlibSync(bytes, { out: new Uint8Array(size + 1) });
    return filled.length === size ? filled : undefined;
  } catch {
    return undefined;
  }
}

/** As in zlib-codec.node.ts. */
export function inflateZlibStart(bytes: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  try {
    const inflate = new Unzlib();
    inflate.ondata = (part) => parts.push(part);
    inflate.push(bytes, false);
    return concatenate(parts);
  } catch {
    return undefined;
  }
}
