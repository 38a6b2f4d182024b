/** Reading and writing by index, flattened to rows so that Gather and ScatterElements, which have gradients, do it. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { sizeOf } from "../../dtype.ts";
import { gather, GatherElements, indexSelect, ScatterElements } from "../../operators/gather.ts";
import { constantValues } from "../../operators/constant-input.ts";
import { int64Constant, show, type Tensor } from "../../tensor.ts";
import { folded } from "../fold.ts";
import type { Conversion } from "../foreign-node.ts";
import { counting, required } from "./inputs.ts";

/** Indices counted from 0: those below 0 count from the end of `size`. */
const fromStart = (indices: Tensor, size: number): Tensor => indices.less(0).where(indices.add(size), indices);

/** Row of x, flattened over its first axes, that each index vector [.., k] names; `batch` axes before count along. */
function flatRows(x: Tensor, indices: Tensor, batch: number): Tensor {
  const k = indices.shape[indices.rank - 1];
  const wide = indices.cast("int64");
  const stride = (axis: number): number => sizeOf(x.shape.slice(axis + 1, batch + k));
  const own = Array.from({ length: k }, (_, j) =>
    fromStart(wide.slice(-1, j, j + 1), x.shape[batch + j]).mul(stride(batch + j)),
  );
  const along = Array.from({ length: batch }, (_, j) =>
    counting(x.shape[j])
      .reshape(indices.shape.map((_, i) => (i === j ? x.shape[j] : 1)))
      .mul(stride(j)),
  );
  const rows = [...own, ...along].reduce((sum, part) => sum.add(part));
  return rows.reshape(indices.shape.slice(0, -1));
}

function checkVectors(type: string, x: Tensor, indices: Tensor, batch: number): number {
  const k = indices.shape[indices.rank - 1] ?? 0;
  const sameBatch = indices.shape.slice(0, batch).every((size, i) => size === x.shape[i]);
  if (indices.rank > batch && k >= 1 && batch >= 0 && batch + k <= x.rank && sameBatch) return k;
  throw new FoveaError("shape/gather", `${type}: indices ${show(indices)} do not fit ${show(x)}`);
}

const gatherNd: Conversion = (node) => {
  const [x, indices] = [required(node, 0), required(node, 1)];
  const batch = node.attributes.int("batch_dims", 0);
  const k = checkVectors("GatherND", x, indices, batch);
  const rest = x.shape.slice(batch + k);
  return [indexSelect(x.reshape([sizeOf(x.shape.slice(0, batch + k)), ...rest]), flatRows(x, indices, batch))];
};

const scatterNd: Conversion = (node) => {
  const [x, indices, updates] = [required(node, 0), required(node, 1), required(node, 2)];
  const k = checkVectors("ScatterND", x, indices, 0);
  const [count, width] = [sizeOf(indices.shape.slice(0, -1)), sizeOf(x.shape.slice(k))];
  const rows = flatRows(x, indices, 0).reshape([count, 1]).expand([count, width]);
  const reduction = node.attributes.text("reduction", "none");
  const operands = { x: x.reshape([-1, width]), indices: rows, updates: updates.reshape([count, width]) };
  return [ScatterElements(operands, { axis: 0, reduction }).y.reshape(x.shape)];
};

/** `values` are [off, on]. */
const oneHot: Conversion = (node) => {
  const [indices, values] = [required(node, 0), required(node, 2)];
  const [depth] = constantValues("OneHot", "depth", folded(required(node, 1)));
  const axis = node.attributes.int("axis", -1);
  const at = axis < 0 ? axis + indices.rank + 1 : axis;
  if (!(depth >= 0 && depth <= 2 ** 24) || !(at >= 0 && at <= indices.rank) || values.size !== 2)
    throw new FoveaError("shape/one-hot", `OneHot: depth ${depth}, axis ${axis} and values ${show(values)} do not fit`);
  const [before, after] = [indices.shape.slice(0, at), indices.shape.slice(at)];
  const wide = fromStart(indices.cast("int64"), depth).reshape([...before, 1, ...after]);
  const places = counting(depth).reshape([...before.map(() => 1), depth, ...after.map(() => 1)]);
  const pick = (i: number): Tensor =>
    values
      .reshape([2])
      .slice(0, i, i + 1)
      .reshape([]);
  return [wide.equal(places).where(pick(1), pick(0))];
};

/** The first `lengths[b]` steps of each sequence backwards, the rest as it is. */
const reverseSequence: Conversion = (node) => {
  const [x, lengths] = [required(node, 0), required(node, 1)];
  const [batchAxis, timeAxis] = [node.attributes.int("batch_axis", 1), node.attributes.int("time_axis", 0)];
  if (x.rank < 2 || batchAxis === timeAxis || ![batchAxis, timeAxis].every((axis) => axis === 0 || axis === 1))
    throw new FoveaError("shape/reverse", `ReverseSequence: axes ${batchAxis} and ${timeAxis} of ${show(x)}`);
  const apart = (tensor: Tensor, axis: number): Tensor =>
    tensor.reshape(x.shape.map((size, i) => (i === axis ? size : 1)));
  const [step, length] = [apart(counting(x.shape[timeAxis]), timeAxis), apart(lengths.cast("int64"), batchAxis)];
  const places = step.less(length).where(length.sub(step).sub(1), step);
  return [gather(x, places.expand(x.shape), timeAxis)];
};

/** What the condition keeps; it must be a constant, for the result's shape depends on it. */
const compress: Conversion = (node) => {
  const x = required(node, 0);
  const condition = constantValues("Compress", "condition", folded(required(node, 1)));
  const axis = node.attributes.int("axis");
  const places = condition.flatMap((on, i) => (on === 0 ? [] : [i]));
  return [indexSelect(axis === undefined ? x.reshape([x.size]) : x, int64Constant(places), axis ?? 0)];
};

/** Places of the values that are not 0, [rank, N]; of a constant only. */
const nonZero: Conversion = (node) => {
  const x = required(node, 0);
  const found = constantValues("NonZero", "x", folded(x)).flatMap((value, i) => (value === 0 ? [] : [i]));
  const strides = x.shape.map((_, i) => sizeOf(x.shape.slice(i + 1)));
  const rows = x.shape.flatMap((size, axis) => found.map((i) => Math.floor(i / strides[axis]) % size));
  return [int64Constant(rows).reshape([x.rank, found.length])];
};

/** ScatterElements by its name before opset 11. */
const scatter: Conversion = (node) => [
  ScatterElements(
    { x: required(node, 0), indices: required(node, 1), updates: required(node, 2) },
    { axis: node.attributes.int("axis", 0), reduction: node.attributes.text("reduction", "none") },
  ).y,
];

const gatherElements: Conversion = (node) => [
  GatherElements({ x: required(node, 0), indices: required(node, 1) }, { axis: node.attributes.int("axis", 0) }).y,
];

/** `update` written along `axis` from `write_indices[b]` on; circular: past the end it goes on at the start. */
const tensorScatter: Conversion = (node) => {
  const [past, update] = [required(node, 0), required(node, 1)];
  const axis = past.axis(node.attributes.int("axis", -2), "TensorScatter");
  const circular = node.attributes.text("mode", "linear") === "circular";
  const [batch, size, count] = [past.shape[0], past.shape[axis], update.shape[axis]];
  const start = node.inputs[2]?.cast("int64") ?? int64Constant(new Array<number>(batch).fill(0));
  const lay = (tensor: Tensor, at: number): Tensor =>
    tensor.reshape(past.shape.map((_, i) => (i === at ? tensor.size : 1)));
  const places = lay(start, 0).add(lay(counting(count), axis));
  const inside = circular ? places.less(size).where(places, places.sub(size)) : places;
  return [ScatterElements({ x: past, indices: inside.expand(update.shape), updates: update }, { axis }).y];
};

export const indexing: Readonly<Record<string, Conversion>> = {
  GatherND: gatherNd,
  ScatterND: scatterNd,
  OneHot: oneHot,
  ReverseSequence: reverseSequence,
  Compress: compress,
  NonZero: nonZero,
  Scatter: scatter,
  ScatterElements: scatter,
  GatherElements: gatherElements,
  TensorScatter: tensorScatter,
};
