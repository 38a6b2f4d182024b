import { movePoint, type Geometry } from "./geometry.ts";

/**
 * For each pixel of the result the pixel of the input [height, width] under its centre, −1 outside.
 * Where a centre falls on an edge between two pixels it takes the right or lower one, as Pillow's NEAREST.
 */
export function nearestPixels(
  inputWidth: number,
  inputHeight: number,
  { width, height, inverse }: Geometry,
): Int32Array {
  const pixels = new Int32Array(width * height).fill(-1);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const [fromX, fromY] = movePoint(inverse, x + 0.5, y + 0.5);
      if (fromX < 0 || fromY < 0 || fromX >= inputWidth || fromY >= inputHeight) continue;
      pixels[p] = Math.floor(fromY) * inputWidth + Math.floor(fromX);
    }
  }
  return pixels;
}

/** `out[p] = map[pixels[p]]`, or `outside` where that is −1. */
export function gather<A extends Uint8Array | Uint16Array | Uint32Array | Float32Array>(
  map: A,
  pixels: Int32Array,
  out: A,
  outside: number,
): A {
  for (let p = 0; p < pixels.length; p++) out[p] = pixels[p] < 0 ? outside : map[pixels[p]];
  return out;
}
