import { FoveaError } from "../../errors/fovea-error.ts";
import { string } from "../attributes.ts";
import { graphError } from "../graph-error.ts";
import { defineOperator } from "../operator.ts";
import { filled, int64Constant, scalar, show, type Tensor } from "../tensor.ts";
import { constantValues } from "./constant-input.ts";
import { concat } from "./layout.ts";

const modes = ["constant", "reflect", "edge"] as const;
type PadMode = (typeof modes)[number];

/** ONNX Pad-19 with constant `pads` (all starts, then all ends, of `axes` or of every axis), none negative. */
export const Pad = defineOperator({
  type: "Pad",
  opset: 19,
  inputs: ["x", "pads", "value?", "axes?"],
  outputs: ["y"],
  attributes: { mode: string("constant") },
  infer({ x, pads, axes }, { mode }) {
    const sides = sidesOf(x, pads, axes);
    if (!(modes as readonly string[]).includes(mode))
      throw new FoveaError("graph/attribute", `Pad: mode ${mode} is none of ${modes.join(", ")}`);
    sides.forEach(([before, after], i) => {
      const most = mode === "reflect" ? x.shape[i] - 1 : mode === "edge" && x.shape[i] === 0 ? 0 : Infinity;
      if (before < 0 || after < 0 || before > most || after > most)
        throw new FoveaError("shape/pad", `Pad: ${before} and ${after} (${mode}) along axis ${i} of ${show(x)}`, {
          hint: mode === "reflect" ? "a reflection is shorter than its axis" : "to cut, use .slice()",
        });
    });
    return { y: { shape: x.shape.map((size, i) => size + sides[i][0] + sides[i][1]), dtype: x.dtype } };
  },
  // Axis by axis: the middle of dy, plus the borders folded back to where their values came from.
  gradient({ x, pads, value, axes }, { dy }, { mode }) {
    const fold = (d: Tensor, [before, after]: Sides, axis: number): Tensor =>
      before === 0 && after === 0 ? d : foldBorders(d, axis, x.shape[axis], before, after, mode as PadMode);
    const dx = sidesOf(x, pads, axes).reduce(fold, dy);
    if (value === undefined || mode !== "constant") return { x: dx };
    return { x: dx, value: dy.sum().sub(dx.sum()).reshape(value.shape) };
  },
});

type Sides = readonly [before: number, after: number];

function sidesOf(x: Tensor, pads: Tensor, axes: Tensor | undefined): Sides[] {
  const amounts = constantValues("Pad", "pads", pads);
  const along = axes === undefined ? x.shape.map((_, i) => i) : constantValues("Pad", "axes", axes);
  if (amounts.length !== 2 * along.length)
    throw new FoveaError("shape/pad", `Pad: ${amounts.length} pads for ${along.length} axes of ${show(x)}`);
  const sides: Sides[] = x.shape.map(() => [0, 0]);
  along.forEach((axis, i) => (sides[x.axis(axis, "Pad")] = [amounts[i], amounts[i + along.length]]));
  return sides;
}

function foldBorders(d: Tensor, axis: number, size: number, before: number, after: number, mode: PadMode): Tensor {
  const middle = d.slice(axis, before, before + size);
  if (mode === "constant") return middle;
  const borders: Tensor[] = [];
  if (before > 0) {
    const border = d.slice(axis, 0, before);
    borders.push(
      mode === "edge" ? place(total(border, axis), axis, 0, size) : place(flipped(border, axis), axis, 1, size),
    );
  }
  if (after > 0) {
    const border = d.slice(axis, before + size, before + size + after);
    const at = size - 1 - (mode === "edge" ? 0 : after);
    borders.push(place(mode === "edge" ? total(border, axis) : flipped(border, axis), axis, at, size));
  }
  return borders.reduce((sum, border) => sum.add(border), middle);
}

const total = (d: Tensor, axis: number): Tensor => d.sum(axis, { keepDims: true });
const flipped = (d: Tensor, axis: number): Tensor => d.slice(axis, -1, -d.shape[axis] - 1, -1);

/** d from index `at` on along `axis`, zeros elsewhere, `size` long. */
function place(d: Tensor, axis: number, at: number, size: number): Tensor {
  const zeros = (count: number): Tensor[] =>
    count === 0
      ? []
      : [
          filled(
            d.shape.map((old, i) => (i === axis ? count : old)),
            0,
            d.dtype,
          ),
        ];
  return concat([...zeros(at), d, ...zeros(size - at - d.shape[axis])], axis);
}

export interface PadOptions {
  /** `reflect` leaves the border value out, `edge` repeats it (PyTorch's `replicate`). */
  readonly mode?: PadMode;
  /** What constant padding holds. */
  readonly value?: number;
}

/** `x` with `sides[i]` elements added before and after along its last `sides.length` axes, the last axis last. */
export function pad(x: Tensor, sides: readonly Sides[], { mode = "constant", value = 0 }: PadOptions = {}): Tensor {
  if (sides.length > x.rank)
    throw graphError("shape/pad", `pad: ${sides.length} pairs of sides for ${show(x)}, which has ${x.rank} axes`);
  const all: Sides[] = [...x.shape.slice(sides.length).map((): Sides => [0, 0]), ...sides];
  const pads = int64Constant([...all.map(([before]) => before), ...all.map(([, after]) => after)]);
  return Pad({ x, pads, value: value === 0 ? undefined : scalar(value, x.dtype) }, { mode }).y;
}
