/** A grid of vectors, [H, W, C] row-major, in double. */
export interface Grid {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/** The cubic kernel's parameter in PyTorch. */
const A = -0.75;

/**
 * `grid` resized to [height, width, C] as `torch.nn.functional.interpolate(mode="bicubic", align_corners=False)`: cubic
 * convolution with a = −0.75, half-pixel centres, indices clamped at the border, no antialiasing.
 */
export function bicubicResize(grid: Grid, height: number, width: number): Grid {
  const [rows, columns] = [taps(grid.height, height), taps(grid.width, width)];
  const { channels, data } = grid;
  const wide = new Float64Array(grid.height * width * channels); // [H, width, C]
  for (let y = 0; y < grid.height; y++)
    for (let x = 0; x < width; x++)
      for (const { index, weight } of columns[x])
        addScaled(wide, (y * width + x) * channels, data, (y * grid.width + index) * channels, channels, weight);
  const out = new Float64Array(height * width * channels);
  for (let y = 0; y < height; y++)
    for (const { index, weight } of rows[y])
      addScaled(out, y * width * channels, wide, index * width * channels, width * channels, weight);
  return { height, width, channels, data: out };
}

interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** The four source places of each target place. */
function taps(source: number, target: number): Tap[][] {
  return Array.from({ length: target }, (_, i) => {
    const centre = ((i + 0.5) * source) / target - 0.5;
    const first = Math.floor(centre);
    const t = centre - first;
    return [near(1 + t, 2), near(t, 1), near(1 - t, 1), near(2 - t, 2)].map((weight, k) => ({
      index: Math.min(Math.max(first - 1 + k, 0), source - 1),
      weight,
    }));
  });
}

/** The kernel at distance x in its inner (|x| ≤ 1) or outer (1 < |x| < 2) part. */
const near = (x: number, part: 1 | 2): number =>
  part === 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : ((x - 5) * x + 8) * x * A - 4 * A;

function addScaled(
  to: Float64Array,
  at: number,
  from: Float64Array,
  start: number,
  count: number,
  scale: number,
): void {
  for (let i = 0; i < count; i++) to[at + i] += scale * from[start + i];
}
