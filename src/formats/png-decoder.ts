import { inflateExactly } from "#formats/zip/zip-codec";
import { FoveaError } from "../errors/fovea-error.ts";
import { defaultLimits, type Limits } from "../files/limits.ts";
import { pngChunks } from "./png-text.ts";
import { concatenate } from "./protobuf-wire.ts";

/** The numbers of a PNG as they are stored: no gamma, no profile, no palette applied, no scaling to 8 bits. */
export interface PngSamples {
  readonly width: number;
  readonly height: number;
  /** Of a sample: 1, 2, 4, 8 or 16. */
  readonly bitDepth: number;
  /** 1 grey or palette index, 2 grey and alpha, 3 RGB, 4 RGBA. */
  readonly channels: 1 | 2 | 3 | 4;
  /** [height, width, channels], rows first; 16-bit samples in a Uint16Array. */
  readonly data: Uint8Array | Uint16Array;
  /** [entries, 3]: the colours that the samples are indices of. */
  readonly palette?: Uint8Array;
}

/** Channels by colour type. */
const channelsOf: ReadonlyMap<number, 1 | 2 | 3 | 4> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);
const depthsOf: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
]);

/**
 * Decodes label maps, depth and segment ids, where every number counts. Interlaced PNGs are refused.
 *
 * @throws FoveaError `format/png` for a damaged or truncated file and one beyond `limits`
 */
export function decodePng(png: Uint8Array, limits: Limits = defaultLimits): PngSamples {
  let header: Header | undefined;
  let palette: Uint8Array | undefined;
  const parts: Uint8Array[] = [];
  for (const { type, data } of pngChunks(png)) {
    if (header === undefined) header = readHeader(type, data, limits);
    else if (type === "PLTE") palette = checkedPalette(data);
    else if (type === "IDAT") parts.push(data);
    else if (/^[A-Z]/.test(type) && type !== "IEND") throw broken(`the chunk ${JSON.stringify(type)} is not known`);
  }
  if (header === undefined || parts.length === 0) throw broken("there is no picture in it");
  const { width, height, bitDepth, channels, colourType } = header;
  if (colourType === 3 && palette === undefined) throw broken("the palette is missing");
  const data = samplesOf(unfilter(inflate(concatenate(parts), header), header), header);
  if (colourType === 3) checkIndices(data, palette);
  return { width, height, bitDepth, channels, data, ...(colourType === 3 && palette ? { palette } : {}) };
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
  readonly channels: 1 | 2 | 3 | 4;
  /** Bytes of a row without its filter. */
  readonly stride: number;
}

function readHeader(type: string, data: Uint8Array, limits: Limits): Header {
  if (type !== "IHDR" || data.length !== 13) throw broken("it does not begin with an IHDR chunk of 13 bytes");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [bitDepth, colourType, compression, filter, interlace] = data.subarray(8);
  const channels = channelsOf.get(colourType);
  if (channels === undefined || !depthsOf.get(colourType)?.includes(bitDepth) || compression !== 0 || filter !== 0) {
    throw broken(`${bitDepth} bits of colour type ${colourType} are no picture`);
  }
  if (interlace !== 0) throw broken("interlaced label maps are not read: save it without interlace");
  const side = Math.max(width, height);
  if (width < 1 || height < 1 || side > limits.imageSide || width * height > limits.imagePixels) {
    throw broken(`${width} × ${height} pixels are none, or more than is read`);
  }
  return { width, height, bitDepth, colourType, channels, stride: Math.ceil((width * channels * bitDepth) / 8) };
}

function checkedPalette(data: Uint8Array): Uint8Array {
  if (data.length % 3 === 0 && data.length >= 3 && data.length <= 768) return data.slice();
  throw broken(`a palette of ${data.length} bytes`);
}

/** zlib's two bytes before and four after; the data between has to fill the picture exactly. */
function inflate(zlib: Uint8Array, { height, stride }: Header): Uint8Array {
  const bad =
    zlib.length < 6 || (zlib[0] & 0x0f) !== 8 || (zlib[1] & 0x20) !== 0 || (zlib[0] * 256 + zlib[1]) % 31 !== 0;
  const rows = bad ? undefined : inflateExactly(zlib.subarray(2, -4), height * (stride + 1));
  if (rows === undefined) throw broken(`the compressed data do not give ${height} rows of ${stride} bytes`);
  return rows;
}

/** Undoes each row's prediction. Source: PNG specification, third edition, §9. */
function unfilter(rows: Uint8Array, { height, stride, channels, bitDepth }: Header): Uint8Array {
  const pixel = Math.max(1, (channels * bitDepth) / 8); // bytes to the left
  const plain = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)];
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    if (filter > 4) throw broken(`row ${y} has the filter ${filter}`);
    const above = y === 0 ? new Uint8Array(stride) : plain.subarray(to - stride, to);
    unfilterRow(filter, rows.subarray(from, from + stride), above, plain.subarray(to, to + stride), pixel);
  }
  return plain;
}

/** A loop for each filter: this is where the time of decoding goes. */
function unfilterRow(filter: number, row: Uint8Array, above: Uint8Array, plain: Uint8Array, pixel: number): void {
  const { length } = row;
  const first = Math.min(pixel, length); // pixels with nothing to their left
  switch (filter) {
    case 0:
      plain.set(row);
      return;
    case 1:
      for (let x = 0; x < first; x++) plain[x] = row[x];
      for (let x = first; x < length; x++) plain[x] = row[x] + plain[x - pixel];
      return;
    case 2:
      for (let x = 0; x < length; x++) plain[x] = row[x] + above[x];
      return;
    case 3:
      for (let x = 0; x < first; x++) plain[x] = row[x] + (above[x] >> 1);
      for (let x = first; x < length; x++) plain[x] = row[x] + ((plain[x - pixel] + above[x]) >> 1);
      return;
    default:
      for (let x = 0; x < first; x++) plain[x] = row[x] + above[x];
      for (let x = first; x < length; x++) plain[x] = row[x] + paeth(plain[x - pixel], above[x], above[x - pixel]);
  }
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const a = Math.abs(guess - left);
  const b = Math.abs(guess - above);
  const c = Math.abs(guess - corner);
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

function samplesOf(plain: Uint8Array, { width, height, channels, bitDepth, stride }: Header): Uint8Array | Uint16Array {
  if (bitDepth === 8) return plain;
  const count = width * channels;
  if (bitDepth === 16) {
    const data = new Uint16Array(count * height);
    for (let i = 0; i < data.length; i++) data[i] = plain[2 * i] * 256 + plain[2 * i + 1];
    return data;
  }
  const data = new Uint8Array(count * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < count; x++) {
      const bit = x * bitDepth;
      const byte = plain[y * stride + (bit >> 3)];
      data[y * count + x] = (byte >> (8 - bitDepth - (bit & 7))) & ((1 << bitDepth) - 1);
    }
  }
  return data;
}

function checkIndices(data: Uint8Array | Uint16Array, palette: Uint8Array | undefined): void {
  const colours = (palette?.length ?? 0) / 3;
  const wrong = data.find((index) => index >= colours);
  if (wrong !== undefined) throw broken(`the index ${wrong} in a palette of ${colours} colours`);
}

const broken = (what: string) =>
  new FoveaError("format/png", `PNG: ${what}`, { hint: "the file is damaged or no PNG label map" });
