/** ONNX Resize in float64 as its specification reads: one weighted sum of neighbours at a time, axis after axis. */
import type { Kernel } from "./kernel.ts";
import { at, build, type NdArray } from "./nd-array.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** Where output i lies among the inputs. Source: onnx/docs/Operators.md, Resize, coordinate_transformation_mode. */
function place(
  i: number,
  scale: number,
  from: number,
  to: number,
  { coordinate_transformation_mode }: Attributes,
): number {
  switch (coordinate_transformation_mode) {
    case "align_corners":
      return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
    case "asymmetric":
      return i / scale;
    case "pytorch_half_pixel":
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
    default:
      return (i + 0.5) / scale - 0.5;
  }
}

/** Neighbours with their weights; outside neighbours are the border's. */
function neighbours(x: number, { mode, nearest_mode, cubic_coeff_a }: Attributes): (readonly [number, number])[] {
  const first = Math.floor(x);
  const t = x - first;
  if (mode === "linear")
    return [
      [first, 1 - t],
      [first + 1, t],
    ];
  if (mode === "cubic") {
    const a = Number(cubic_coeff_a);
    return [
      [first - 1, ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a],
      [first, ((a + 2) * t - (a + 3)) * t * t + 1],
      [first + 1, ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1],
      [first + 2, ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a],
    ];
  }
  if (nearest_mode === "floor") return [[first, 1]];
  if (nearest_mode === "ceil") return [[Math.ceil(x), 1]];
  if (nearest_mode === "round_prefer_floor") return [[Math.ceil(x - 0.5), 1]];
  return [[Math.floor(x + 0.5), 1]];
}

/** Without regions, antialiasing and excluded borders, which ONNX's own cases check. */
export const resize: Kernel = ([x, , scales], attributes, [shape]) => {
  let y: NdArray = x;
  shape.forEach((to, axis) => {
    const from = y.shape[axis];
    const scale = scales?.data[axis] ?? to / from;
    if (to === from && scale === 1) return;
    const before = y;
    y = build(
      before.shape.map((size, i) => (i === axis ? to : size)),
      (index) =>
        neighbours(place(index[axis], scale, from, to, attributes), attributes).reduce((sum, [j, weight]) => {
          const inside = Math.min(Math.max(j, 0), from - 1);
          return (
            sum +
            weight *
              at(
                before,
                index.map((old, i) => (i === axis ? inside : old)),
              )
          );
        }, 0),
    );
  });
  return [y];
};
