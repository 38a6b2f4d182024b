/** An RGB picture that is painted on: [height, width, 3]. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** Colours far apart for numbers that follow each other: the golden angle around the hues. */
export function colourOf(index: number): Rgb {
  const hue = (index * 0.61803398875 * 6) % 6;
  const value = index % 2 === 0 ? 255 : 215;
  const part = (shift: number) => {
    const k = (shift + hue) % 6;
    return Math.round(value * (1 - 0.8 * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [part(5), part(3), part(1)];
}

/** `colour` over the pixels where `mask` [height, width] is set, `share` of it. */
export function tint(canvas: Canvas, mask: ArrayLike<number>, colour: Rgb, share: number): void {
  for (let p = 0; p < canvas.width * canvas.height; p++) if (mask[p] !== 0) blend(canvas, p, colour, share);
}

export function blend({ data }: Canvas, pixel: number, colour: Rgb, share: number): void {
  for (let c = 0; c < 3; c++) {
    data[3 * pixel + c] = Math.round(data[3 * pixel + c] * (1 - share) + colour[c] * share);
  }
}

/** The pixels of a mask that touch one outside it. */
export function outline(canvas: Canvas, mask: ArrayLike<number>, colour: Rgb): void {
  const { width, height } = canvas;
  for (let p = 0; p < width * height; p++) {
    if (mask[p] === 0) continue;
    const [x, y] = [p % width, Math.floor(p / width)];
    const inside =
      x > 0 && x < width - 1 && y > 0 && y < height - 1 && mask[p - 1] && mask[p + 1] && mask[p - width] && mask[p + width]; // prettier-ignore
    if (!inside) blend(canvas, p, colour, 1);
  }
}

/** The frame of a box, `thickness` pixels to its inside. */
export function frame(
  canvas: Canvas,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  colour: Rgb,
  thickness: number,
): void {
  fill(canvas, x0, y0, x1, y0 + thickness, colour);
  fill(canvas, x0, y1 - thickness, x1, y1, colour);
  fill(canvas, x0, y0, x0 + thickness, y1, colour);
  fill(canvas, x1 - thickness, y0, x1, y1, colour);
}

function fill(canvas: Canvas, x0: number, y0: number, x1: number, y1: number, colour: Rgb): void {
  const { width, height } = canvas;
  for (let y = Math.max(0, Math.round(y0)); y < Math.min(height, Math.round(y1)); y++) {
    for (let x = Math.max(0, Math.round(x0)); x < Math.min(width, Math.round(x1)); x++) {
      blend(canvas, y * width + x, colour, 1);
    }
  }
}

/** A disc around a point in continuous pixels. */
export function dot(canvas: Canvas, x: number, y: number, radius: number, colour: Rgb): void {
  for (let row = Math.floor(y - radius); row <= y + radius; row++) {
    for (let column = Math.floor(x - radius); column <= x + radius; column++) {
      const near = Math.hypot(column + 0.5 - x, row + 0.5 - y) <= radius;
      if (near && row >= 0 && row < canvas.height && column >= 0 && column < canvas.width) {
        blend(canvas, row * canvas.width + column, colour, 1);
      }
    }
  }
}

/** A line of dots, half a pixel apart. */
export function line(
  canvas: Canvas,
  from: readonly [x: number, y: number],
  to: readonly [x: number, y: number],
  radius: number,
  colour: Rgb,
): void {
  const steps = Math.min(8192, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
  for (let step = 0; step <= steps; step++) {
    const t = steps === 0 ? 0 : step / steps;
    dot(canvas, from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1]), radius, colour);
  }
}
