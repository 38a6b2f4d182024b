import type { ByteSource } from "../../files/byte-source.ts";
import { defaultLimits, type Limits } from "../../files/limits.ts";
import { checkRasterSize, type Raster, rasterRefusal } from "../raster/raster.ts";
import { inflateRuns } from "./bmp-runs.ts";

export const isBmp = (start: Uint8Array): boolean => start[0] === 0x42 && start[1] === 0x4d;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Offset of the pixels, and of the colour table with its entry size. */
  readonly dataStart: number;
  readonly paletteStart: number;
  readonly paletteEntry: 3 | 4;
  readonly colours: number;
  /** Red, green, blue, alpha of 16 and 32 bits. */
  readonly masks: readonly number[];
}

const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

/**
 * Decodes a Windows bitmap (BITMAPCOREHEADER to BITMAPV5HEADER): 1, 4 and 8 bits with a colour table, run-length coded
 * too, 16, 24 and 32 bits. A table that holds nothing but greys gives one channel, all else RGB.
 *
 * @throws FoveaError `formats/image` naming the field
 */
export function decodeBmp(source: ByteSource, limits: Limits = defaultLimits): Raster {
  const header = readHeader(source, limits);
  return header.bits <= 8 ? indexed(source, header) : direct(source, header);
}

function readHeader(source: ByteSource, limits: Limits): Header {
  if (source.size < 26 || !isBmp(source.read(0, 2))) throw rasterRefusal(source, "it begins as no BMP file does");
  const start = source.read(0, Math.min(source.size, 138));
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const [dataStart, size] = [view.getUint32(10, true), view.getUint32(14, true)];
  const old = size === 12;
  if (!old && (size < 40 || size > 124 || source.size < 14 + size))
    throw rasterRefusal(source, `a header of ${size} bytes; 12 and 40 to 124 are read`);
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signed = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const [planes, bits] = old
    ? [view.getUint16(22, true), view.getUint16(24, true)]
    : [view.getUint16(26, true), view.getUint16(28, true)];
  const compression = old ? RGB : view.getUint32(30, true);
  const height = Math.abs(signed);
  checkRasterSize(source, { width, height, channels: 3 }, limits);
  checkCoding(source, planes, bits, compression);
  const used = old ? 0 : view.getUint32(46, true);
  const colours = bits > 8 ? 0 : used === 0 ? 2 ** bits : used;
  const external =
    size === 40 && (compression === BITFIELDS || compression === ALPHA_BITFIELDS)
      ? compression === BITFIELDS
        ? 12
        : 16
      : 0;
  const masks = masksOf(view, { bits, compression, size, external });
  const paletteStart = 14 + size + external;
  if (colours > 2 ** bits && bits <= 8) throw rasterRefusal(source, `${colours} colours for ${bits} bits`);
  if (dataStart < paletteStart || dataStart > source.size)
    throw rasterRefusal(source, `the pixels begin at byte ${dataStart} of ${source.size}`);
  return {
    width,
    height,
    topDown: signed < 0,
    bits,
    compression,
    dataStart,
    paletteStart,
    paletteEntry: old ? 3 : 4,
    colours,
    masks,
  };
}

function checkCoding(source: ByteSource, planes: number, bits: number, compression: number): void {
  const known =
    (compression === RGB && [1, 4, 8, 16, 24, 32].includes(bits)) ||
    (compression === RLE8 && bits === 8) ||
    (compression === RLE4 && bits === 4) ||
    ((compression === BITFIELDS || compression === ALPHA_BITFIELDS) && (bits === 16 || bits === 32));
  if (planes !== 1 || !known)
    throw rasterRefusal(source, `${planes} planes, ${bits} bits and compression ${compression}, which are not read`);
}

function masksOf(
  view: DataView,
  { bits, compression, size, external }: { bits: number; compression: number; size: number; external: number },
): number[] {
  const plain = bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
  if (compression !== BITFIELDS && compression !== ALPHA_BITFIELDS) return plain;
  const inside = size >= 52 || view.byteLength >= 54 + external;
  return inside ? [54, 58, 62].map((at) => view.getUint32(at, true)) : plain;
}

function indexed(source: ByteSource, header: Header): Raster {
  const { width, height, colours, paletteStart, paletteEntry } = header;
  const room = Math.floor((header.dataStart - paletteStart) / paletteEntry);
  const entries = Math.min(colours, room);
  const palette = source.read(paletteStart, entries * paletteEntry);
  const indices = header.compression === RGB ? plainIndices(source, header) : inflateRuns(source, header);
  const grey = Array.from({ length: entries }, (_, i) => i * paletteEntry).every(
    (at) => palette[at] === palette[at + 1] && palette[at] === palette[at + 2],
  );
  const channels = grey ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let p = 0; p < indices.length; p++) {
    if (indices[p] >= entries)
      throw rasterRefusal(source, `pixel ${p} has colour ${indices[p]} of a table of ${entries}`);
    for (let c = 0; c < channels; c++) data[p * channels + c] = palette[indices[p] * paletteEntry + 2 - c]; // blue, green, red
  }
  return { width, height, channels, most: 255, array: { type: "uint8", shape: [height, width, channels], data } };
}

function plainIndices(source: ByteSource, { width, height, bits, dataStart, topDown }: Header): Uint8Array {
  const stride = Math.ceil((width * bits) / 32) * 4;
  const rows = source.read(dataStart, stride * height);
  const out = new Uint8Array(width * height);
  const [perByte, mask] = [8 / bits, 2 ** bits - 1];
  for (let y = 0; y < height; y++) {
    const from = (topDown ? y : height - 1 - y) * stride;
    for (let x = 0; x < width; x++) {
      const shift = 8 - bits * ((x % perByte) + 1);
      out[y * width + x] = (rows[from + Math.floor(x / perByte)] >> shift) & mask;
    }
  }
  return out;
}

function direct(source: ByteSource, { width, height, bits, dataStart, topDown, masks }: Header): Raster {
  const bytes = bits / 8;
  const stride = Math.ceil((width * bits) / 32) * 4;
  const rows = source.read(dataStart, stride * height);
  const fields = masks.slice(0, 3).map(fieldOf);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    let from = (topDown ? y : height - 1 - y) * stride;
    for (let to = y * width * 3; to < (y + 1) * width * 3; to += 3, from += bytes) {
      if (bits === 24) [data[to], data[to + 1], data[to + 2]] = [rows[from + 2], rows[from + 1], rows[from]];
      else {
        const low = rows[from] | (rows[from + 1] << 8);
        const value = bits === 16 ? low : (low | (rows[from + 2] << 16) | (rows[from + 3] << 24)) >>> 0;
        for (let c = 0; c < 3; c++) data[to + c] = fields[c](value);
      }
    }
  }
  return { width, height, channels: 3, most: 255, array: { type: "uint8", shape: [height, width, 3], data } };
}

/** The bits of `mask` in a value, stretched to 0 … 255. */
function fieldOf(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => Math.round((((value & mask) >>> shift) * 255) / most);
}
