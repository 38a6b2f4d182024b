import { encodeChunk, type PngText, signature, textChunks } from "./png-text.ts";
import { concatenate } from "./protobuf-wire.ts";

/** Raw 8-bit pixels, row by row from the top: `data` is [height, width, channels]; grey 1, RGB 3, RGBA 4 channels. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

export interface EncodePngOptions {
  /** Compresses to the zlib format: `deflateSync` of node:zlib, or `zlibSync` of fflate in a browser. */
  readonly deflate: (bytes: Uint8Array) => Uint8Array;
  /** Text chunks that say where the picture comes from. */
  readonly text?: PngText;
}

/**
 * The pixels as an 8-bit PNG without interlace. Every row takes the filter of least absolute sum, as libpng does, but
 * only of none, sub and up. Throws `RangeError` where `data` has another length than its shape.
 */
export function encodePng(pixels: Pixels, { deflate, text = {} }: EncodePngOptions): Uint8Array {
  const { width, height, channels, data } = pixels;
  if (width < 1 || height < 1 || data.length !== width * height * channels) {
    throw new RangeError(`encodePng: [${height}, ${width}, ${channels}] pixels in ${data.length} bytes`);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8; // bits per channel
  header[9] = { 1: 0, 3: 2, 4: 6 }[channels];
  return concatenate([
    signature,
    encodeChunk("IHDR", header),
    ...textChunks(text),
    encodeChunk("IDAT", deflate(filterRows(pixels))),
    encodeChunk("IEND", new Uint8Array(0)),
  ]);
}

function filterRows({ width, height, channels, data }: Pixels): Uint8Array {
  const stride = width * channels;
  const filtered = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * stride, (y + 1) * stride);
    const above = y > 0 ? data.subarray((y - 1) * stride, y * stride) : new Uint8Array(stride);
    const candidates = [
      row,
      row.map((v, i) => v - (i < channels ? 0 : row[i - channels])),
      row.map((v, i) => v - above[i]),
    ];
    const costs = candidates.map((candidate) => candidate.reduce((sum, v) => sum + (v < 128 ? v : 256 - v), 0));
    const filter = costs.indexOf(Math.min(...costs));
    filtered[y * (stride + 1)] = filter;
    filtered.set(candidates[filter], y * (stride + 1) + 1);
  }
  return filtered;
}
