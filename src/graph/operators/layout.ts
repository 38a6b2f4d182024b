/** Operators that move values without changing them: Reshape, Transpose, Expand, Concat, Split. */
import { FoveaError } from "../../errors/fovea-error.ts";
import { int, ints } from "../attributes.ts";
import { broadcastShape, sumTo } from "../broadcast.ts";
import { sizeOf } from "../dtype.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { int64Constant, show, type Tensor } from "../tensor.ts";
import { constantValues } from "./constant-input.ts";

/** ONNX Reshape-19; a size of 0 copies the input's, one −1 is computed. */
export const Reshape = defineOperator({
  type: "Reshape",
  opset: 19,
  inputs: ["x", "shape"],
  outputs: ["y"],
  attributes: { allowzero: int(0) },
  infer({ x, shape }, { allowzero }) {
    const wanted = constantValues("Reshape", "shape", shape).map((size, i) =>
      size === 0 && !allowzero ? (x.shape[i] ?? 0) : size,
    );
    const known = sizeOf(wanted.filter((size) => size !== -1));
    const sizes = wanted.map((size) => (size === -1 ? x.size / known : size));
    if (sizeOf(sizes) !== x.size || wanted.filter((size) => size === -1).length > 1) {
      throw new FoveaError(
        "shape/reshape",
        `Reshape: ${show(x)} has ${x.size} elements and does not fit [${wanted.join(", ")}]`,
      );
    }
    return { y: { shape: sizes, dtype: x.dtype } };
  },
  gradient: ({ x }, { dy }) => ({ x: dy.reshape(x.shape) }),
});

/** Output axis i is input axis perm[i]; without `perm` the axes are reversed. */
export const Transpose = defineOperator({
  type: "Transpose",
  opset: 13,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { perm: ints(undefined) },
  infer({ x }, { perm }) {
    const axes = permutation(x, perm);
    if (axes.length !== x.rank || new Set(axes).size !== x.rank || axes.some((axis) => !(axis >= 0 && axis < x.rank))) {
      throw new FoveaError(
        "shape/transpose",
        `Transpose: [${axes.join(", ")}] is not an order of the axes of ${show(x)}`,
      );
    }
    return { y: { shape: axes.map((axis) => x.shape[axis] as number), dtype: x.dtype } };
  },
  gradient({ x }, { dy }, { perm }) {
    const inverse: number[] = [];
    permutation(x, perm).forEach((axis, i) => (inverse[axis] = i));
    return { x: dy.permute(inverse) };
  },
});

const permutation = (x: Tensor, perm: readonly number[] | undefined): readonly number[] =>
  perm ?? x.shape.map((_, i) => x.rank - 1 - i);

/** Broadcasts x to `shape` (both ways, as ONNX Expand does). */
export const Expand = defineOperator({
  type: "Expand",
  opset: 13,
  inputs: ["x", "shape"],
  outputs: ["y"],
  infer({ x, shape }): { y: TensorType } {
    const wanted = constantValues("Expand", "shape", shape);
    const joint = broadcastShape(x.shape, wanted);
    if (joint === undefined)
      throw new FoveaError("shape/broadcast", `Expand: ${show(x)} does not broadcast to [${wanted.join(", ")}]`);
    return { y: { shape: joint, dtype: x.dtype } };
  },
  gradient: ({ x }, { dy }) => ({ x: sumTo(dy, x.shape) }),
});

/** Joins tensors along `axis`; the other sizes are equal. */
export const Concat = defineOperator({
  type: "Concat",
  opset: 13,
  inputs: ["...xs"],
  outputs: ["y"],
  attributes: { axis: int() },
  infer({ xs }, { axis }): { y: TensorType } {
    const [first] = xs;
    if (first === undefined) throw new FoveaError("shape/concat", "Concat: no tensors");
    const at = first.axis(axis, "Concat");
    const fits = xs.every(
      (x) =>
        x.dtype === first.dtype &&
        x.rank === first.rank &&
        x.shape.every((size, i) => i === at || size === first.shape[i]),
    );
    if (!fits)
      throw new FoveaError("shape/concat", `Concat: ${xs.map(show).join(", ")} differ in more than axis ${at}`);
    const joined = xs.reduce((sum, x) => sum + (x.shape[at] as number), 0);
    return { y: { shape: first.shape.map((size, i) => (i === at ? joined : size)), dtype: first.dtype } };
  },
  gradient({ xs }, { dy }, { axis }) {
    const at = dy.axis(axis, "Concat");
    return {
      xs: split(
        dy,
        xs.map((x) => x.shape[at] as number),
        at,
      ),
    };
  },
});

/** Joins `tensors` along `axis`. */
export const concat = (tensors: readonly Tensor[], axis = 0): Tensor => {
  const [only] = tensors;
  return tensors.length === 1 && only !== undefined ? only : Concat({ xs: tensors }, { axis }).y;
};

/** Cuts x along `axis` into parts of the sizes in `split` (default: as many equal parts as there are outputs). */
export const Split = defineOperator({
  type: "Split",
  opset: 18,
  inputs: ["x", "split?"],
  outputs: ["...ys"],
  attributes: { axis: int(0), num_outputs: int(undefined) },
  infer({ x, split }, { axis, num_outputs }, outputCount): { ys: readonly TensorType[] } {
    const at = x.axis(axis, "Split");
    const total = x.shape[at] as number;
    const parts = num_outputs ?? outputCount;
    const equal = Math.ceil(total / parts);
    const sizes =
      split === undefined
        ? Array.from({ length: parts }, (_, i) => Math.min(equal, total - i * equal))
        : constantValues("Split", "split", split);
    if (sizes.reduce((sum, size) => sum + size, 0) !== total || sizes.some((size) => size < 0)) {
      throw new FoveaError(
        "shape/split",
        `Split: parts [${sizes.join(", ")}] do not add up to ${total}, axis ${at} of ${show(x)}`,
      );
    }
    return { ys: sizes.map((size) => ({ shape: x.shape.map((old, i) => (i === at ? size : old)), dtype: x.dtype })) };
  },
  gradient: (_tensors, { dys }, { axis }) => ({ x: concat(dys, axis) }),
});

/** Cuts `x` along `axis` into parts of the given sizes. */
export const split = (x: Tensor, sizes: readonly number[], axis = 0): readonly Tensor[] =>
  Split({ x, split: int64Constant(sizes) }, { axis }, sizes.length).ys;
