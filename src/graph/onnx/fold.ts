/**
 * Constants computed on the host: the chains of Shape, Gather, Concat and the like by which exporters compute target
 * shapes. A program has fixed shapes, so all of them are constants; whoever needs the values asks here.
 */
import { dtypeOfCode, dtypes, sizeOf, type DType, type HostTensor, type Shape } from "../dtype.ts";
import type { Node } from "../node.ts";
import { constantOf, toFloat16, type Tensor } from "../tensor.ts";

/** Elements of a value that is worth folding; shapes and axes are far smaller. */
const mostElements = 65_536;

/** Numbers of a constant; int64 beyond 2^53 (slice ends) become ±2^63, which every rule clamps. */
interface Values {
  readonly shape: Shape;
  readonly data: readonly number[];
}

/** @param output number of the output that is wanted; only Split has several */
type Fold = (inputs: readonly Values[], node: Node, output: number) => readonly number[] | undefined;

/** `tensor` as a constant, computed if need be; `tensor` itself where it depends on an input or a state. */
export function folded(tensor: Tensor): Tensor {
  const { producer } = tensor;
  if (producer.kind !== "node" || tensor.size > mostElements) return tensor;
  const fold = folds[producer.operator.type];
  if (fold === undefined) return tensor;
  const inputs: Values[] = [];
  for (const input of producer.inputs) {
    const value = input === undefined ? undefined : folded(input);
    if (value !== undefined && value.producer.kind !== "constant") return tensor;
    if (value?.producer.kind === "constant") inputs.push(valuesOf(value.producer.value));
    else inputs.push({ shape: [0], data: [] }); // an absent optional input
  }
  const data = fold(inputs, producer, producer.outputs.indexOf(tensor));
  if (data?.length !== tensor.size) return tensor;
  return constantOf({ dtype: tensor.dtype, shape: tensor.shape, data: arrayOf(tensor.dtype, data) });
}

function valuesOf({ shape, dtype, data }: HostTensor): Values {
  if (dtype === "float16") return { shape, data: Array.from(data as Uint16Array, fromFloat16) };
  return { shape, data: Array.from(data as ArrayLike<number | bigint>, Number) };
}

function fromFloat16(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const most64 = 2n ** 63n - 1n;
function toInt64(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return most64;
  return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(value));
}

function arrayOf(dtype: DType, data: readonly number[]): HostTensor["data"] {
  if (dtype === "int64") return BigInt64Array.from(data, toInt64);
  if (dtype === "float16") return Uint16Array.from(data, toFloat16);
  return dtypes[dtype].array.from(data) as HostTensor["data"];
}

/** Offset in `values` of the element that broadcasting puts at flat index `i` of `shape`. */
function broadcastIndex(i: number, shape: Shape, from: Shape): number {
  let [rest, offset, stride] = [i, 0, 1];
  for (let axis = shape.length - 1, at = from.length - 1; axis >= 0; axis--, at--) {
    const place = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
    if (at < 0) continue;
    offset += (from[at] === 1 ? 0 : place) * stride;
    stride *= from[at];
  }
  return offset;
}

const nary =
  (f: (...values: number[]) => number): Fold =>
  (inputs, { outputs: [{ shape }] }) =>
    Array.from({ length: sizeOf(shape) }, (_, i) =>
      f(...inputs.map((input) => input.data[broadcastIndex(i, shape, input.shape)])),
    );
const unary =
  (f: (value: number) => number): Fold =>
  ([x]) =>
    x.data.map((value) => f(value));
const moved: Fold = ([x]) => x.data;

/** Strides of a row-major shape. */
const stridesOf = (shape: Shape): number[] => shape.map((_, i) => sizeOf(shape.slice(i + 1)));

/** The element of x at the multi-index that `place` makes of each output index. */
function picked(x: Values, shape: Shape, place: (index: readonly number[]) => readonly number[]): number[] {
  const [own, strides] = [stridesOf(x.shape), stridesOf(shape)];
  return Array.from({ length: sizeOf(shape) }, (_, i) => {
    const index = shape.map((size, axis) => Math.floor(i / strides[axis]) % size);
    return x.data[place(index).reduce((offset, at, axis) => offset + at * own[axis], 0)];
  });
}

const fromEnd = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const gather: Fold = ([x, indices], { attributes, outputs: [{ shape }] }) => {
  const axis = fromEnd(Number(attributes["axis"]), x.shape.length);
  const [end, strides] = [axis + indices.shape.length, stridesOf(indices.shape)];
  return picked(x, shape, (index) => {
    const at = index.slice(axis, end).reduce((offset, place, i) => offset + place * strides[i], 0);
    return [...index.slice(0, axis), fromEnd(indices.data[at], x.shape[axis]), ...index.slice(end)];
  });
};

const concat: Fold = (inputs, { attributes, outputs: [{ shape }] }) => {
  const axis = fromEnd(Number(attributes["axis"]), shape.length);
  const rows = inputs.map(({ shape: s }) => sizeOf(s.slice(axis)));
  const data: number[] = [];
  for (let row = 0; row < sizeOf(shape.slice(0, axis)); row++)
    inputs.forEach((input, i) => data.push(...input.data.slice(row * rows[i], (row + 1) * rows[i])));
  return data;
};

const slice: Fold = ([x, starts, , axes, steps], { outputs: [{ shape }] }) => {
  const from = x.shape.map(() => ({ start: 0, step: 1 }));
  starts.data.forEach((start, i) => {
    const axis = fromEnd(axes?.data[i] ?? i, x.shape.length);
    const [size, step] = [x.shape[axis], steps?.data[i] ?? 1];
    from[axis] = { start: Math.min(Math.max(fromEnd(start, size), 0), step > 0 ? size : size - 1), step };
  });
  return picked(x, shape, (index) => index.map((at, axis) => from[axis].start + at * from[axis].step));
};

const split: Fold = ([x], { attributes, outputs }, output) => {
  const axis = fromEnd(Number(attributes["axis"]), x.shape.length);
  const before = outputs.slice(0, output).reduce((sum, { shape }) => sum + shape[axis], 0);
  return picked(x, outputs[output].shape, (index) => index.map((at, i) => (i === axis ? at + before : at)));
};

const transpose: Fold = ([x], { attributes, outputs: [{ shape }] }) => {
  const perm = (attributes["perm"] as readonly number[] | undefined) ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  return picked(x, shape, (index) => x.shape.map((_, axis) => index[perm.indexOf(axis)]));
};

const reduction =
  (start: number, join: (sum: number, value: number) => number): Fold =>
  ([x, axes], { inputs, outputs: [{ shape }] }) => {
    const all = inputs[1] === undefined || axes.data.length === x.shape.length;
    return all && sizeOf(shape) === 1 ? [x.data.reduce((sum, value) => join(sum, value), start)] : undefined;
  };

const roundTiesToEven = (value: number): number => {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

const cast: Fold = ([x], { attributes }) => {
  const to = dtypeOfCode(Number(attributes["to"]));
  if (to === undefined) return undefined;
  return to === "bool"
    ? x.data.map((value) => Number(value !== 0))
    : dtypes[to].floating
      ? x.data
      : x.data.map(Math.trunc);
};

const isWhole = ({ outputs: [{ dtype }] }: Node): boolean => !dtypes[dtype].floating;

const folds: Readonly<Record<string, Fold>> = {
  Identity: moved,
  Reshape: moved,
  Squeeze: moved,
  Unsqueeze: moved,
  Flatten: moved,
  Cast: cast,
  Gather: gather,
  Concat: concat,
  Slice: slice,
  Split: split,
  Transpose: transpose,
  Expand: ([x], { outputs: [{ shape }] }) =>
    Array.from({ length: sizeOf(shape) }, (_, i) => x.data[broadcastIndex(i, shape, x.shape)]),
  Tile: ([x], { outputs: [{ shape }] }) => picked(x, shape, (index) => index.map((at, axis) => at % x.shape[axis])),
  Add: nary((a, b) => a + b),
  Sub: nary((a, b) => a - b),
  Mul: nary((a, b) => a * b),
  Div: (inputs, node) => nary((a, b) => (isWhole(node) ? Math.trunc(a / b) : a / b))(inputs, node, 0),
  Mod: (inputs, node) =>
    nary((a, b) => (node.attributes["fmod"] === 1 ? a % b : a - b * Math.floor(a / b)))(inputs, node, 0),
  Pow: nary((a, b) => a ** b),
  Max: nary(Math.max),
  Min: nary(Math.min),
  Equal: nary((a, b) => Number(a === b)),
  Greater: nary((a, b) => Number(a > b)),
  GreaterOrEqual: nary((a, b) => Number(a >= b)),
  Less: nary((a, b) => Number(a < b)),
  LessOrEqual: nary((a, b) => Number(a <= b)),
  And: nary((a, b) => Number(a !== 0 && b !== 0)),
  Or: nary((a, b) => Number(a !== 0 || b !== 0)),
  Where: nary((condition, x, y) => (condition !== 0 ? x : y)),
  Not: unary((x) => Number(x === 0)),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary(roundTiesToEven),
  Sign: unary(Math.sign),
  ReduceProd: reduction(1, (a, b) => a * b),
  ReduceSum: reduction(0, (a, b) => a + b),
  ReduceMax: reduction(-Infinity, Math.max),
  ReduceMin: reduction(Infinity, Math.min),
};
