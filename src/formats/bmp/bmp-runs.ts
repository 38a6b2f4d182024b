import type { ByteSource } from "../../files/byte-source.ts";
import { ByteCursor } from "../byte-cursor.ts";
import { rasterRefusal } from "../raster/raster.ts";

interface RunSize {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly dataStart: number;
  readonly topDown: boolean;
}

/** Two bytes make at most 255 pixels; marks may pass over more, of which some are granted. */
const mostPixelsOfByte = 128;
const sparseRoom = 2 ** 20;

/** Colour numbers, top row first, of run-length coded pixels (RLE8, RLE4). What the runs pass over is colour 0. */
export function inflateRuns(source: ByteSource, { width, height, bits, dataStart, topDown }: RunSize): Uint8Array {
  if (width * height > sparseRoom + mostPixelsOfByte * source.size)
    throw rasterRefusal(source, `${width}×${height} pixels in ${source.size} bytes of runs`);
  const out = new Uint8Array(width * height);
  const cursor = new ByteCursor(source, dataStart);
  let [x, y] = [0, 0];
  const put = (colour: number): void => {
    if (x >= width || y >= height) throw rasterRefusal(source, `a run reaches past the ${width}×${height} pixels`);
    out[(topDown ? y : height - 1 - y) * width + x++] = colour;
  };
  const colourAt = (byte: number, i: number): number => (bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
  while (cursor.left >= 2) {
    const [count, value] = [cursor.u8(), cursor.u8()];
    if (count > 0) for (let i = 0; i < count; i++) put(colourAt(value, i));
    else if (value === 0) [x, y] = [0, y + 1];
    else if (value === 1) return out;
    else if (value === 2) [x, y] = [x + cursor.u8(), y + cursor.u8()];
    else {
      const bytes = bits === 8 ? value : Math.ceil(value / 2);
      const literal = cursor.bytes(bytes);
      for (let i = 0; i < value; i++) put(colourAt(literal[bits === 8 ? i : i >> 1], i));
      if (bytes % 2 === 1 && cursor.left > 0) cursor.skip(1);
    }
  }
  throw rasterRefusal(source, "the runs end without their end mark");
}
