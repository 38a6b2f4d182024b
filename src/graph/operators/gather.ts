/**
 * Operators that read and write by index: Gather, GatherElements, ScatterElements. Indices are int64 (or int32),
 * negative ones count from the end; each is the adjoint of another.
 */
import { FoveaError } from "../../errors/fovea-error.ts";
import { int, string } from "../attributes.ts";
import { sizeOf, type DType } from "../dtype.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { filled, int64Constant, sameShape, show, type Tensor } from "../tensor.ts";
import { checkDTypes } from "./binary.ts";

function checkIndices(type: string, indices: Tensor): void {
  if (indices.dtype === "int64" || indices.dtype === "int32") return;
  throw new FoveaError("dtype/index", `${type}: the indices are ${show(indices)}, not int64`, {
    hint: 'convert them with .cast("int64")',
  });
}

/** ONNX Gather-13: whole slices of x along `axis`; the axis is replaced by the axes of `indices`. */
export const Gather = defineOperator({
  type: "Gather",
  opset: 13,
  inputs: ["x", "indices"],
  outputs: ["y"],
  attributes: { axis: int(0) },
  infer({ x, indices }, { axis }) {
    checkIndices("Gather", indices);
    const at = x.axis(axis, "Gather");
    return { y: { shape: [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)], dtype: x.dtype } };
  },
  // dx: the slices of dy added up where they were read
  gradient: ({ x, indices }, { dy }, { axis }) => ({ x: addSlices(x, indices, dy, x.axis(axis, "Gather")) }),
});

/**
 * Zeros of x's shape with the slices dy added at `indices`. Measured on the CPU (2 threads, dy [M, D] into [V, D]):
 * ScatterElements takes 35 ns an element of dy; a product with the one-hot matrix 10 ns an element of that matrix and
 * 0.02 ns a multiply-add, and wins for short tables (V 64, D 192, M 2080: 5.7 ms against 14.3). ScatterND is ten times
 * faster than either and wrong: its threads add to one row at the same time (relative errors up to 0.12, 1.30).
 */
function addSlices(x: Tensor, indices: Tensor, dy: Tensor, at: number): Tensor {
  const [rows, width] = [x.shape[at], sizeOf(x.shape.slice(at + 1))];
  const flatIndices = indices.reshape([indices.size]);
  const before = sizeOf(x.shape.slice(0, at));
  if (rows * (width + 500) < 1750 * width) {
    const slices = dy.reshape([before, indices.size, width]);
    return oneHotRows(flatIndices, rows, dy.dtype).matmul(slices).reshape(x.shape);
  }
  const slices = dy.reshape([...x.shape.slice(0, at), indices.size, ...x.shape.slice(at + 1)]);
  const column = flatIndices.reshape(x.shape.map((_, i) => (i === at ? indices.size : 1)));
  return scatterAdd(filled(x.shape, 0, dy.dtype), column.expand(slices.shape), slices, at);
}

/** [rows, M] of `dtype`: 1 where indices[m] is the row, negative indices counted from the end. */
function oneHotRows(indices: Tensor, rows: number, dtype: DType): Tensor {
  const zero = int64Constant([0]);
  const wide = indices.cast("int64");
  const positive = zero.greater(wide).where(wide.add(int64Constant([rows])), wide);
  const numbers = int64Constant(Array.from({ length: rows }, (_, row) => row)).reshape([rows, 1]);
  return numbers.equal(positive).cast(dtype);
}

/** ONNX GatherElements-13: y[.., i, ..] = x[.., indices[.., i, ..], ..] along `axis`; y has the shape of `indices`. */
export const GatherElements = defineOperator({
  type: "GatherElements",
  opset: 13,
  inputs: ["x", "indices"],
  outputs: ["y"],
  attributes: { axis: int(0) },
  infer({ x, indices }, { axis }) {
    checkIndices("GatherElements", indices);
    checkInside("GatherElements", x, indices, x.axis(axis, "GatherElements"));
    return { y: { shape: indices.shape, dtype: x.dtype } };
  },
  // dx: each element of dy added up where it was read
  gradient: ({ x, indices }, { dy }, { axis }) => ({
    x: scatterAdd(filled(x.shape, 0, dy.dtype), indices, dy, axis),
  }),
});

function checkInside(type: string, x: Tensor, indices: Tensor, at: number): void {
  const fits = indices.rank === x.rank && indices.shape.every((size, i) => i === at || size <= x.shape[i]);
  if (fits) return;
  throw new FoveaError(
    "shape/gather",
    `${type}: indices ${show(indices)} do not fit ${show(x)}: outside axis ${at} no size may be larger`,
  );
}

/** ONNX ScatterElements-18: x with `updates` written (or, reduction "add", added) at `indices` along `axis`. */
export const ScatterElements = defineOperator({
  type: "ScatterElements",
  opset: 18,
  inputs: ["x", "indices", "updates"],
  outputs: ["y"],
  attributes: { axis: int(0), reduction: string("none") },
  infer({ x, indices, updates }, { axis, reduction }): { y: TensorType } {
    checkIndices("ScatterElements", indices);
    checkDTypes("ScatterElements", x, updates);
    checkInside("ScatterElements", x, indices, x.axis(axis, "ScatterElements"));
    if (!sameShape(indices.shape, updates.shape))
      throw new FoveaError(
        "shape/gather",
        `ScatterElements: updates ${show(updates)} and indices ${show(indices)} differ in shape`,
      );
    if (!["none", "add", "mul", "max", "min"].includes(reduction))
      throw new FoveaError(
        "graph/attribute",
        `ScatterElements: reduction ${reduction} is none of none, add, mul, max, min`,
      );
    return { y: x };
  },
  // add: dx = dy, dupdates read back at the indices; none: dx is zero where something was written over it
  gradient({ indices }, { dy }, { axis, reduction }): { x: Tensor; updates: Tensor } {
    if (reduction !== "add" && reduction !== "none")
      throw new FoveaError("grad/scatter", `ScatterElements with reduction ${reduction} has no gradient here; add has`);
    const updates = GatherElements({ x: dy, indices }, { axis }).y;
    if (reduction === "add") return { x: dy, updates };
    const zeros = filled(indices.shape, 0, dy.dtype);
    return { x: ScatterElements({ x: dy, indices, updates: zeros }, { axis }).y, updates };
  },
});

/** Slices of `x` at `indices` (any shape, int64) along `axis`, which the axes of `indices` replace. */
export const indexSelect = (x: Tensor, indices: Tensor, axis = 0): Tensor => Gather({ x, indices }, { axis }).y;
/** Elements of `x` along `axis`: y[.., i, ..] = x[.., indices[.., i, ..], ..]; the result has the shape of `indices`. */
export const gather = (x: Tensor, indices: Tensor, axis: number): Tensor => GatherElements({ x, indices }, { axis }).y;
/** `x` with `updates` (of the shape of `indices`) added at `indices` along `axis`. */
export const scatterAdd = (x: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor =>
  ScatterElements({ x, indices, updates }, { axis, reduction: "add" }).y;
/** Rows of `weight` [V, D] at `indices` (any shape, int64) → [..., D]. */
export const embedding = (weight: Tensor, indices: Tensor): Tensor => indexSelect(weight, indices, 0);
