/** What of ONNX Resize's attributes decides the weights along one axis. Source: onnx/docs/Operators.md, Resize-19. */
export interface Resampling {
  readonly mode: "nearest" | "linear" | "cubic";
  readonly transformation: string;
  readonly rounding: string;
  readonly cubicA: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
  /** What align_corners takes for the output's length where a scale gives no whole one; default: the whole one. */
  readonly length?: number;
  /** Start and end of the part that is resized, from 0 to 1 (tf_crop_and_resize). */
  readonly crop?: readonly [number, number];
}

/** [to, from], row-major: the weights of the `from` input samples in each of the `to` output samples of one axis. */
export function resizeMatrix(from: number, to: number, scale: number, kind: Resampling): Float64Array {
  const matrix = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const position = positionOf(i, from, to, scale, kind);
    if (kind.crop !== undefined && (position < 0 || position > from - 1)) continue; // extrapolation_value, a constant
    for (const [at, weight] of weightsAt(position, from, scale, kind)) {
      if (kind.excludeOutside && (at < 0 || at >= from)) continue;
      matrix[i * from + Math.min(Math.max(at, 0), from - 1)] += weight;
    }
    if (kind.excludeOutside) normalise(matrix.subarray(i * from, (i + 1) * from));
  }
  return matrix;
}

function positionOf(
  i: number,
  from: number,
  to: number,
  scale: number,
  { transformation, crop, length = to }: Resampling,
): number {
  switch (transformation) {
    case "align_corners":
      return length === 1 ? 0 : (i * (from - 1)) / (length - 1);
    case "asymmetric":
      return i / scale;
    case "pytorch_half_pixel":
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case "half_pixel_symmetric": {
      const adjustment = to / (scale * from);
      return (from / 2) * (1 - adjustment) + (i + 0.5) / scale - 0.5;
    }
    case "tf_crop_and_resize": {
      const [start, end] = crop ?? [0, 1];
      return to > 1
        ? start * (from - 1) + (i * (end - start) * (from - 1)) / (to - 1)
        : 0.5 * (start + end) * (from - 1);
    }
    default:
      return (i + 0.5) / scale - 0.5;
  }
}

function weightsAt(position: number, from: number, scale: number, kind: Resampling): [number, number][] {
  if (kind.mode === "nearest") return [[rounded(position, kind.rounding), 1]];
  const support = kind.mode === "linear" ? 1 : 2;
  const kernel = kind.mode === "linear" ? triangle : (distance: number): number => cubic(distance, kind.cubicA);
  const squeeze = kind.antialias ? Math.min(scale, 1) : 1;
  const reach = support / squeeze;
  const inside = kind.mode === "linear" && !kind.antialias ? Math.min(Math.max(position, 0), from - 1) : position;
  const found: [number, number][] = [];
  for (let at = Math.ceil(inside - reach); at <= Math.floor(inside + reach); at++) {
    const weight = kernel(Math.abs(at - inside) * squeeze);
    if (weight !== 0) found.push([at, weight]);
  }
  const total = found.reduce((sum, [, weight]) => sum + weight, 0);
  return kind.antialias ? found.map(([at, weight]) => [at, weight / total]) : found;
}

function rounded(position: number, rounding: string): number {
  if (rounding === "floor") return Math.floor(position);
  if (rounding === "ceil") return Math.ceil(position);
  const half = position - Math.floor(position) === 0.5;
  return half && rounding === "round_prefer_floor" ? Math.floor(position) : Math.round(position);
}

const triangle = (distance: number): number => Math.max(0, 1 - distance);

/** Keys' cubic convolution kernel. */
function cubic(distance: number, a: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance ** 2 + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}

function normalise(row: Float64Array): void {
  const total = row.reduce((sum, weight) => sum + weight, 0);
  if (total !== 0) row.forEach((weight, i) => (row[i] = weight / total));
}
