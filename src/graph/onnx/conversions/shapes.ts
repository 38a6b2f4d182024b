/** Constants, types and shapes: what is known when the graph is built becomes a constant. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { dtypes, hostTensor, sizeOf, type DType, type HostTensor } from "../../dtype.ts";
import { tile } from "../../operators/tile.ts";
import { operatorOf } from "../../registry.ts";
import { constantOf, int64Constant, scalar, show, toFloat16, type Tensor } from "../../tensor.ts";
import { folded } from "../fold.ts";
import type { Conversion } from "../foreign-node.ts";
import { dtypeOf } from "../tensor-proto.ts";
import { constantNumbers, numbers, oneOf, required, wholeNumbers, wholeTensor } from "./inputs.ts";
import { Pad } from "../../operators/pad.ts";
import { concat } from "../../operators/layout.ts";
import { TopK } from "../../operators/order.ts";
import { constantValues } from "../../operators/constant-input.ts";

/** Elements of a constant that a file may ask for by its shape alone. */
const mostElements = 2 ** 26;

const shapeOf: Conversion = (node) => {
  const x = required(node, 0);
  return [int64Constant(x.shape.slice(node.attributes.int("start", 0), node.attributes.int("end") ?? x.rank))];
};

const constantNode: Conversion = ({ attributes }) => {
  const tensor = attributes.tensor("value");
  if (tensor !== undefined) return [constantOf(tensor)];
  const [one, many] = [attributes.float("value_float"), attributes.floats("value_floats")];
  if (one !== undefined) return [scalar(one)];
  if (many !== undefined) return [constantOf(hostTensor("float32", [many.length], Float32Array.from(many)))];
  const [whole, wholes] = [attributes.int("value_int"), attributes.ints("value_ints")];
  if (whole !== undefined) return [scalar(whole, "int64")];
  if (wholes !== undefined) return [int64Constant(wholes)];
  throw new FoveaError("onnx/attribute", "Constant: a value that is no tensor of numbers is not supported");
};

const constantOfShape: Conversion = (node) => {
  const value = node.attributes.tensor("value") ?? hostTensor("float32", [1], new Float32Array(1));
  const shape = constantValues("ConstantOfShape", "input", folded(required(node, 0)));
  if (!shape.every((size) => size >= 0) || sizeOf(shape) > mostElements)
    throw new FoveaError("shape/constant", `ConstantOfShape: [${shape.join(", ")}] is no shape up to ${mostElements}`);
  if (sizeOf(shape) > 4096) return [constantOf({ ...value, shape: [] }).expand(shape)];
  const data = new dtypes[value.dtype].array(sizeOf(shape)) as HostTensor["data"];
  (data as { fill(value: unknown): unknown }).fill(value.data[0]); // the two are arrays of one dtype
  return [constantOf({ dtype: value.dtype, shape, data })];
};

const range: Conversion = (node) => {
  const { dtype } = required(node, 0);
  const [start, limit, delta] = ["start", "limit", "delta"].map(
    (name, i) => constantNumbers("Range", name, required(node, i))[0],
  );
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= mostElements))
    throw new FoveaError(
      "shape/constant",
      `Range: ${start} to ${limit} by ${delta} is not up to ${mostElements} values`,
    );
  return [
    constantOf(
      hostTensor(
        dtype,
        [count],
        listed(dtype, count, (i) => start + i * delta),
      ),
    ),
  ];
};

function listed(dtype: DType, count: number, value: (i: number) => number): HostTensor["data"] {
  const values = Array.from({ length: count }, (_, i) => value(i));
  if (dtype === "int64") return BigInt64Array.from(values, BigInt);
  if (dtype === "float16") return Uint16Array.from(values, toFloat16);
  return dtypes[dtype].array.from(values) as HostTensor["data"];
}

const eyeLike: Conversion = (node) => {
  const x = required(node, 0);
  const code = node.attributes.int("dtype");
  const k = node.attributes.int("k", 0);
  const [rows, columns] = x.shape;
  if (x.rank !== 2 || sizeOf(x.shape) > mostElements)
    throw new FoveaError(
      "shape/constant",
      `EyeLike: [${x.shape.join(", ")}] is no matrix up to ${mostElements} elements`,
    );
  const data = Uint8Array.from({ length: rows * columns }, (_, i) =>
    Number((i % columns) - Math.floor(i / columns) === k),
  );
  const target = code === undefined ? x.dtype : dtypeOf(code, "EyeLike.dtype", "model");
  return [constantOf(hostTensor("uint8", x.shape, data)).cast(target)];
};

const castLike: Conversion = (node) => {
  node.attributes.ignore("saturate", "round_mode");
  return [required(node, 0).cast(required(node, 1).dtype)];
};

const cast: Conversion = (node) => {
  node.attributes.ignore("round_mode"); // concerns float8e8m0 only
  const to = dtypeOf(node.attributes.int("to", 0), "Cast.to", "model");
  return [
    operatorOf("Cast").apply([required(node, 0)], {
      to: dtypes[to].onnx,
      saturate: node.attributes.int("saturate", 1),
    })[0],
  ];
};

const slice: Conversion = (node) => {
  const [starts, ends] = [wholeTensor(node, "starts", 1), wholeTensor(node, "ends", 2)];
  if (starts === undefined || ends === undefined)
    throw new FoveaError("graph/input", "Slice: starts or ends are missing");
  const inputs = [required(node, 0), starts, ends, wholeTensor(node, "axes", 3), wholeTensor(node, "steps", 4)];
  return operatorOf("Slice").apply(withoutTail(inputs), {});
};

const withAxes =
  (type: "Squeeze" | "Unsqueeze"): Conversion =>
  (node) =>
    operatorOf(type).apply(withoutTail([required(node, 0), wholeTensor(node, "axes", 1)]), {});

const split: Conversion = (node) => {
  const sizes = wholeTensor(node, "split", 1);
  const parts = node.attributes.int("num_outputs");
  const attributes = {
    axis: node.attributes.int("axis", 0),
    ...(sizes === undefined ? { num_outputs: parts ?? node.outputs.length } : {}),
  };
  return operatorOf("Split").apply(withoutTail([required(node, 0), sizes]), attributes, node.outputs.length);
};

const pad: Conversion = (node) => {
  const x = required(node, 0);
  const mode = oneOf("Pad", "mode", node.attributes.text("mode", "constant"), ["constant", "reflect", "edge", "wrap"]);
  const pads = wholeNumbers(node, "pads", 1) ?? [];
  const axes = wholeNumbers(node, "axes", 3) ?? x.shape.map((_, i) => i);
  if (pads.length !== 2 * axes.length)
    throw new FoveaError("shape/pad", `Pad: ${pads.length} pads for ${axes.length} axes of ${show(x)}`);
  const number = node.attributes.float("value");
  const value = number === undefined ? node.inputs[2] : scalar(number, x.dtype);
  const isOurs = mode !== "wrap" && number === undefined && node.inputs[1] !== undefined && !(value && value.rank > 0);
  if (isOurs && pads.every((count) => count >= 0))
    return operatorOf("Pad").apply(
      node.inputs.map((tensor) => tensor && folded(tensor)),
      { mode },
    );
  const cut = cropped(x, pads, axes);
  if (mode === "wrap") return [wrapped(cut, pads, axes)];
  const more = int64Constant(pads.map((count) => Math.max(0, count)));
  return [Pad({ x: cut, pads: more, value: value?.reshape([]), axes: int64Constant(axes) }, { mode }).y];
};

/** Negative pads cut. */
const cropped = (x: Tensor, pads: readonly number[], axes: readonly number[]): Tensor =>
  axes.reduce((y, axis, i) => {
    const [before, after] = [Math.min(0, pads[i]), Math.min(0, pads[i + axes.length])];
    return before === 0 && after === 0 ? y : y.slice(axis, -before, y.shape[y.axis(axis, "Pad")] + after);
  }, x);

/** Each axis goes on as if it began anew. */
function wrapped(x: Tensor, pads: readonly number[], axes: readonly number[]): Tensor {
  return axes.reduce((y, given, i) => {
    const axis = y.axis(given, "Pad");
    const [size, before, after] = [y.shape[axis], Math.max(0, pads[i]), Math.max(0, pads[i + axes.length])];
    if (size === 0 || before > size || after > size)
      throw new FoveaError(
        "shape/pad",
        `Pad: wrapping ${before} and ${after} around an axis of ${size} is not supported`,
      );
    const parts = [y];
    if (before > 0) parts.unshift(y.slice(axis, size - before, size));
    if (after > 0) parts.push(y.slice(axis, 0, after));
    return concat(parts, axis);
  }, x);
}

const topk: Conversion = (node) => {
  const { attributes } = node;
  const [k] = wholeNumbers(node, "k", 1) ?? [attributes.int("k", 0)];
  const { values, indices } = TopK(
    { x: required(node, 0), k: int64Constant([k]) },
    { axis: attributes.int("axis", -1), largest: attributes.int("largest", 1), sorted: attributes.int("sorted", 1) },
  );
  return [values, indices];
};

const tiled: Conversion = (node) => [tile(required(node, 0), wholeNumbers(node, "repeats", 1) ?? [])];

const expand: Conversion = (node) =>
  operatorOf("Expand").apply([required(node, 0), int64Constant(numbers(node, "shape", 1) ?? [])], {});

const reshape: Conversion = (node) =>
  operatorOf("Reshape").apply([required(node, 0), int64Constant(numbers(node, "shape", 1) ?? [])], {
    allowzero: node.attributes.int("allowzero", 0),
  });

const withoutTail = (inputs: readonly (Tensor | undefined)[]): readonly (Tensor | undefined)[] => {
  const last = inputs.findLastIndex((tensor) => tensor !== undefined);
  return inputs.slice(0, last + 1);
};

export const shapes: Readonly<Record<string, Conversion>> = {
  Shape: shapeOf,
  Size: (node) => [scalar(required(node, 0).size, "int64")],
  Constant: constantNode,
  ConstantOfShape: constantOfShape,
  Range: range,
  EyeLike: eyeLike,
  CastLike: castLike,
  Cast: cast,
  Slice: slice,
  Squeeze: withAxes("Squeeze"),
  Unsqueeze: withAxes("Unsqueeze"),
  Split: split,
  Pad: pad,
  TopK: topk,
  Tile: tiled,
  Expand: expand,
  Reshape: reshape,
};
