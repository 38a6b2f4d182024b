import { encodeChunk, signature } from "./png-text.ts";
import { concatenate } from "./protobuf-wire.ts";

/** A map of 16-bit numbers, row by row from the top: `data` is [height, width]. */
export interface Grey16 {
  readonly width: number;
  readonly height: number;
  readonly data: Uint16Array;
}

/**
 * The numbers as a 16-bit grey PNG without interlace and filters, as depth maps are kept. `deflate` compresses to the zlib
 * format. Throws `RangeError` where `data` has another length than its shape.
 */
export function encodeGrey16(
  { width, height, data }: Grey16,
  { deflate }: { readonly deflate: (bytes: Uint8Array) => Uint8Array },
): Uint8Array {
  if (width < 1 || height < 1 || data.length !== width * height) {
    throw new RangeError(`encodeGrey16: [${height}, ${width}] numbers in an array of ${data.length}`);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 16; // bits; colour type 0 is grey
  const stride = 1 + 2 * width; // every row starts with its filter, 0
  const rows = new Uint8Array(height * stride);
  const bytes = new DataView(rows.buffer);
  for (let at = 0; at < data.length; at++) {
    bytes.setUint16(Math.floor(at / width) * stride + 1 + 2 * (at % width), data[at]);
  }
  return concatenate([
    signature,
    encodeChunk("IHDR", header),
    encodeChunk("IDAT", deflate(rows)),
    encodeChunk("IEND", new Uint8Array(0)),
  ]);
}
