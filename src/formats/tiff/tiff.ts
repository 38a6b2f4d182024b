import type { ByteSource } from "../../files/byte-source.ts";
import { defaultLimits, type Limits } from "../../files/limits.ts";
import { type Raster, rasterRefusal } from "../raster/raster.ts";
import { decodeValues, type ValueType } from "../value-array.ts";
import { canHold, inflateBlock } from "./tiff-blocks.ts";
import { readDirectory } from "./tiff-fields.ts";
import { type TiffLayout, tiffLayout } from "./tiff-layout.ts";

export interface TiffRaster extends Raster {
  /** Pictures in the file, of which this is the first. */
  readonly pages: number;
}

/**
 * Decodes the first page of a TIFF (6.0): strips or tiles, stored, LZW, deflate or PackBits; grey, RGB and colour tables
 * of 1 to 16 bits, float32; samples together or in planes. JPEG, fax and BigTIFF are refused by name.
 *
 * @throws FoveaError `formats/image` naming the field
 */
export function decodeTiff(source: ByteSource, limits: Limits = defaultLimits): TiffRaster {
  const directory = readDirectory(source);
  const layout = tiffLayout(source, directory, limits);
  const bytes = readPixels(source, layout, directory.littleEndian);
  return { ...toRaster(layout, bytes), pages: directory.pages };
}

const blockRowBytes = ({ blockWidth, samples, bits, planar }: TiffLayout): number =>
  Math.ceil((blockWidth * (planar ? 1 : samples) * bits) / 8);

/** Rows of whole bytes, samples together, numbers little endian. */
function readPixels(source: ByteSource, layout: TiffLayout, littleEndian: boolean): Uint8Array {
  const { width, height, samples, bits, planar, compression, blockWidth, blockHeight, across, offsets, counts } =
    layout;
  const stripes = blockWidth === width && across === 1;
  const perPlane = planar ? offsets.length / samples : offsets.length;
  const rowsOf = (block: number): number =>
    stripes ? Math.min(blockHeight, height - (block % perPlane) * blockHeight) : blockHeight;
  const sizeOf = (block: number): number => rowsOf(block) * blockRowBytes(layout);
  const impossible = offsets.findIndex((_, block) => !canHold(compression, counts[block], sizeOf(block)));
  if (impossible >= 0)
    throw rasterRefusal(
      source,
      `block ${impossible} of ${counts[impossible]} bytes cannot be ${sizeOf(impossible)} bytes`,
    );
  const rowBytes = Math.ceil((width * samples * bits) / 8);
  const out = new Uint8Array(rowBytes * height);
  for (const [block, offset] of offsets.entries()) {
    const stored = source.read(offset, counts[block]);
    const data = turned(inflateBlock(source, stored, compression, sizeOf(block)), bits, littleEndian);
    if (layout.predictor === 2) addUp(data, layout, rowsOf(block));
    const place = block % perPlane;
    const at = {
      x: (place % across) * blockWidth,
      y: Math.floor(place / across) * blockHeight,
      plane: Math.floor(block / perPlane),
    };
    copyBlock(data, out, layout, at);
  }
  return out;
}

/** 16 and 32 bits to little endian. */
function turned(bytes: Uint8Array, bits: number, littleEndian: boolean): Uint8Array {
  if (littleEndian || bits <= 8) return bytes;
  const size = bits / 8;
  const whole = bytes.subarray(0, Math.floor(bytes.length / size) * size);
  const values = decodeValues(whole, bits === 16 ? "uint16" : "uint32", true);
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Undoes horizontal differencing: each number was stored as the difference from the pixel on its left. */
function addUp(data: Uint8Array, layout: TiffLayout, rows: number): void {
  const step = layout.planar ? 1 : layout.samples;
  const perRow = layout.blockWidth * step;
  const values =
    layout.bits === 16 ? new Uint16Array(data.buffer as ArrayBuffer, data.byteOffset, data.length / 2) : data;
  for (let row = 0; row < rows; row++)
    for (let i = row * perRow + step; i < (row + 1) * perRow; i++) values[i] += values[i - step];
}

function copyBlock(
  data: Uint8Array,
  out: Uint8Array,
  layout: TiffLayout,
  at: { x: number; y: number; plane: number },
): void {
  const { width, height, samples, bits, planar, blockWidth, blockHeight } = layout;
  const rowBytes = Math.ceil((width * samples * bits) / 8);
  const blockBytes = blockRowBytes(layout);
  const rows = Math.min(blockHeight, height - at.y);
  const columns = Math.min(blockWidth, width - at.x);
  for (let row = 0; row < rows; row++) {
    const from = row * blockBytes;
    const to = (at.y + row) * rowBytes;
    if (!planar) {
      const [start, length] = [(at.x * samples * bits) / 8, Math.ceil((columns * samples * bits) / 8)];
      out.set(data.subarray(from, from + length), to + start); // tiles are multiples of 16 wide, so whole bytes
      continue;
    }
    const size = bits / 8;
    for (let x = 0; x < columns; x++)
      for (let i = 0; i < size; i++) out[to + ((at.x + x) * samples + at.plane) * size + i] = data[from + x * size + i];
  }
}

function toRaster(layout: TiffLayout, bytes: Uint8Array): Raster {
  const { width, height, samples, bits, photometric, floating } = layout;
  const type: ValueType = floating ? "float32" : bits === 16 ? "uint16" : "uint8";
  if (bits < 8 || photometric === 3) return fromSmall(layout, bytes);
  const data = decodeValues(bytes, type, false);
  const most = floating ? 1 : 2 ** bits - 1;
  if (photometric === 0) for (let i = 0; i < data.length; i++) data[i] = most - Number(data[i]);
  return { width, height, channels: samples, most, array: { type, shape: [height, width, samples], data } };
}

/** Grey of 1 to 4 bits stretched to 0 … 255, and colour tables of 1 to 8. */
function fromSmall({ width, height, bits, photometric, colours }: TiffLayout, bytes: Uint8Array): Raster {
  const rowBytes = Math.ceil((width * bits) / 8);
  const [perByte, most] = [8 / bits, 2 ** bits - 1];
  const channels = photometric === 3 ? 3 : 1;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const byte = bytes[y * rowBytes + Math.floor(x / perByte)];
      const value = (byte >> (8 - bits * ((x % perByte) + 1))) & most;
      const to = (y * width + x) * channels;
      if (channels === 1) data[to] = Math.round(((photometric === 0 ? most - value : value) * 255) / most);
      else for (let c = 0; c < 3; c++) data[to + c] = colours[c * (most + 1) + value] >> 8;
    }
  return { width, height, channels, most: 255, array: { type: "uint8", shape: [height, width, channels], data } };
}
