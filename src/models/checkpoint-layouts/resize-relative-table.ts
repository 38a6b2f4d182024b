import { FoveaError } from "../../errors/fovea-error.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import { bicubicResize } from "./bicubic-resize.ts";
import { splineMatrix } from "./not-a-knot-spline.ts";

/** The fixed ratio of EVA's decoupled tables, whatever the sizes. */
const DECOUPLED_RATIO = 1.0903078;

interface Target {
  /** Patches or window along a side: the new table has (2·side − 1)² rows before the extra ones. */
  readonly side: number;
  /** Rows at the end that are copied: 3 with a class token. Default 0. */
  readonly extra?: number;
}

/**
 * A relative-bias table [(2M−1)² + extra, H] for another window by plain bicubic resizing of its grid (Swin V1's
 * fine-tuning; swin-backbone section 8, rule 4a).
 */
export function bicubicRelativeTable(table: HostTensor<"float32">, target: Target): HostTensor<"float32"> {
  const { source, size, heads, extra } = measure(table, target);
  if (source === size) return table;
  const data = Float64Array.from(table.data.subarray(0, source * source * heads));
  const grid = bicubicResize({ height: source, width: source, channels: heads, data }, size, size);
  return withExtra(grid.data, table, heads, extra);
}

/**
 * The same by the geometric rule of SimMIM, BEiT, EVA and feature distillation: source rows stand at 0, ±1, ±(1+q),
 * ±(1+q+q²) ... with q so that the outermost reaches the new table's edge; the tensor-product cubic spline with
 * not-a-knot ends, in double, is read at whole offsets. Outside, the value at the end. (swin-backbone section 8, rule 4b)
 */
export function geometricRelativeTable(table: HostTensor<"float32">, target: Target): HostTensor<"float32"> {
  const { source, size, heads, extra } = measure(table, target);
  if (source === size) return table;
  checkSpline(source, table);
  const matrix = splineMatrix(geometricPlaces(source, geometricRatio(source, size)), wholeOffsets(size));
  const first = apply(matrix, Float64Array.from(table.data.subarray(0, source * source * heads)), source * heads);
  const out = new Float64Array(size * size * heads); // `first` is [size, source, H]: now along its second axis
  for (let row = 0; row < size; row++) {
    const part = first.subarray(row * source * heads, (row + 1) * source * heads);
    out.set(apply(matrix, part, heads), row * size * heads);
  }
  return withExtra(out, table, heads, extra);
}

/**
 * A decoupled table [2M−1 + extra, H] (EVA: one for rows, one for columns): source places with the constant ratio
 * 1.0903078, cubic spline in one dimension, extrapolated. (eva section 8)
 */
export function decoupledRelativeTable(
  table: HostTensor<"float32">,
  { side, extra = 3 }: Target,
): HostTensor<"float32"> {
  const [rows, heads] = table.shape;
  const [source, size] = [rows - extra, 2 * side - 1];
  if (source === size) return table;
  checkSpline(source, table);
  const places = geometricPlaces(source, DECOUPLED_RATIO);
  const matrix = splineMatrix(places, wholeOffsets(size), { extrapolate: true });
  return withExtra(
    apply(matrix, Float64Array.from(table.data.subarray(0, source * heads)), heads),
    table,
    heads,
    extra,
  );
}

/** q in (1.01, 1.5), by bisection to 1e-6: the last midpoint tried, as the official code leaves it. */
export function geometricRatio(source: number, target: number): number {
  const [count, reach] = [Math.floor(source / 2), Math.floor(target / 2)];
  let [left, right, q] = [1.01, 1.5, 1.255];
  while (right - left > 1e-6) {
    q = (left + right) / 2;
    if ((1 - q ** count) / (1 - q) > reach) right = q;
    else left = q;
  }
  return q;
}

function geometricPlaces(source: number, q: number): number[] {
  const half: number[] = [];
  for (let i = 0, place = 1; i < Math.floor(source / 2); i++) {
    half.push(place);
    place += q ** (i + 1);
  }
  return [...half.map((place) => -place).reverse(), 0, ...half];
}

function wholeOffsets(size: number): number[] {
  return Array.from({ length: size }, (_, i) => i - Math.floor(size / 2));
}

/** matrix [m, n] times values [n, width]. */
function apply(matrix: readonly Float64Array[], values: Float64Array, width: number): Float64Array {
  const out = new Float64Array(matrix.length * width);
  for (const [i, row] of matrix.entries())
    for (const [j, weight] of row.entries())
      for (let k = 0; k < width; k++) out[i * width + k] += weight * values[j * width + k];
  return out;
}

function withExtra(
  values: Float64Array,
  table: HostTensor<"float32">,
  heads: number,
  extra: number,
): HostTensor<"float32"> {
  const data = new Float32Array(values.length + extra * heads);
  data.set(values);
  data.set(table.data.subarray(table.data.length - extra * heads), values.length);
  return hostTensor("float32", [data.length / heads, heads], data);
}

function measure(
  table: HostTensor<"float32">,
  { side, extra = 0 }: Target,
): { source: number; size: number; heads: number; extra: number } {
  const [rows, heads] = table.shape;
  const source = Math.sqrt(rows - extra);
  if (table.shape.length !== 2 || !Number.isInteger(source) || source % 2 !== 1)
    throw refuse(table, `is not [(2M−1)² + ${extra}, heads]`);
  return { source, size: 2 * side - 1, heads, extra };
}

/** A cubic spline needs four places: a window of 2 has three. */
function checkSpline(source: number, table: HostTensor): void {
  if (source < 4) throw refuse(table, `has ${source} places along an axis, a cubic spline needs 4`);
}

const refuse = (table: HostTensor, what: string): FoveaError =>
  new FoveaError("checkpoint/relative-table", `relative-bias table [${table.shape.join(", ")}] ${what}`, {
    hint: "load it into a model of the same window, or train the table anew",
  });
