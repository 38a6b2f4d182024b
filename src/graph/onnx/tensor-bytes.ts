import type { HostTensor } from "../dtype.ts";

/** Little-endian bytes of a tensor, without copying. */
export const bytesOf = ({ data }: HostTensor): Uint8Array<ArrayBuffer> =>
  // typed arrays of this project are backed by plain buffers; shared ones are copied before they come here
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
