import { rawImage, type RawImage } from "../image.ts";
import { movePoint, type Affine, type Geometry } from "./geometry.ts";

/** RGB, 0 to 255. */
export type Fill = readonly [red: number, green: number, blue: number];

/**
 * An image in its own frame, moved so that place p of the result shows `inverse`(p) of the input, `fill` outside; colours
 * by bicubic interpolation with a = −1: bit for bit Pillow's `Image.transform(AFFINE, BICUBIC)`.
 * Source: Pillow `Geometry.c`.
 */
export function affineGeometry(width: number, height: number, inverse: Affine, fill: Fill): Geometry {
  return {
    width,
    height,
    forward: inverted(inverse),
    inverse,
    mirrors: false,
    moveImage: (image) => interpolate(image, inverse, fill),
  };
}

/** Turned by `degrees` against the clock about the middle, as Pillow's `Image.rotate`. */
export function rotateGeometry(width: number, height: number, degrees: number, fill: Fill): Geometry {
  const angle = (-degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [width / 2, height / 2];
  return affineGeometry(width, height, [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y], fill);
}

function inverted([a, b, c, d, e, f]: Affine): Affine {
  const det = a * e - b * d;
  return [e / det, -b / det, (b * f - c * e) / det, -d / det, a / det, (c * d - a * f) / det];
}

function interpolate(image: RawImage, inverse: Affine, fill: Fill): RawImage {
  const { width, height } = image;
  const result = rawImage(width, height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const [fromX, fromY] = movePoint(inverse, x + 0.5, y + 0.5);
      if (fromX < 0 || fromY < 0 || fromX >= width || fromY >= height) result.data.set(fill, to);
      else bicubicPixel(image, fromX - 0.5, fromY - 0.5, result.data, to);
    }
  }
  return result;
}

/** The four rows around the place, each along x, then along y; beyond the edges the outermost pixels repeat. */
function bicubicPixel({ width, height, data }: RawImage, x: number, y: number, out: Uint8Array, to: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [dx, dy] = [x - left, y - top];
  const column = (i: number): number => 3 * Math.max(0, Math.min(width - 1, left + i));
  const [c0, c1, c2, c3] = [column(-1), column(0), column(1), column(2)];
  for (let c = 0; c < 3; c++) {
    const row = (i: number): number => {
      const at = 3 * width * Math.max(0, Math.min(height - 1, top + i)) + c;
      return cubic(data[at + c0], data[at + c1], data[at + c2], data[at + c3], dx);
    };
    const value = cubic(row(-1), row(0), row(1), row(2), dy);
    out[to + c] = value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
  }
}

/** The cubic convolution (a = −1) through four values in a row, `d` after the second. */
function cubic(v1: number, v2: number, v3: number, v4: number, d: number): number {
  return v2 + d * (-v1 + v3 + d * (2 * (v1 - v2) + v3 - v4 + d * (-v1 + v2 - v3 + v4)));
}
