import { graphError } from "./graph-error.ts";
import type { AttributeValue } from "./attributes.ts";
import { dtypes, hostTensor, sizeOf, type DType, type HostTensor, type Shape, type TensorData } from "./dtype.ts";
import type { Producer } from "./node.ts";
import { operatorOf } from "./registry.ts";

/** A tensor or a number that becomes a scalar constant of the other operand's dtype. */
export type Operand = Tensor | number;

/**
 * A symbolic tensor: the output of an ONNX node, or a leaf. It has a shape and a dtype, checked when a node is built,
 * and no values: `compile` (fovea/runtime) makes a program that computes them.
 *
 * Methods are named as in PyTorch and reach operators by their ONNX type, so operators import `Tensor`, never the
 * reverse. Axes may be negative. Element-wise methods broadcast as numpy does.
 */
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly producer: Producer;

  /** Use `input`, `parameter`, `constant` or an operator instead. */
  constructor(shape: Shape, dtype: DType, producer: Producer) {
    // a foreign model's constants may ask for sizes that do not exist
    if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      const what = producer.kind === "node" ? producer.operator.type : producer.kind;
      throw graphError("shape/size", `${what}: [${shape.join(", ")}] is no shape; sizes are whole numbers from 0`);
    }
    this.shape = shape;
    this.dtype = dtype;
    this.producer = producer;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** x + y */
  add(y: Operand): Tensor {
    return apply("Add", [this, this.operand(y)]);
  }
  /** x − y */
  sub(y: Operand): Tensor {
    return apply("Sub", [this, this.operand(y)]);
  }
  /** x ⊙ y */
  mul(y: Operand): Tensor {
    return apply("Mul", [this, this.operand(y)]);
  }
  /** x / y */
  div(y: Operand): Tensor {
    return apply("Div", [this, this.operand(y)]);
  }
  /** x^y */
  pow(y: Operand): Tensor {
    return apply("Pow", [this, this.operand(y)]);
  }
  /** −x */
  neg(): Tensor {
    return apply("Neg", [this]);
  }
  /** eˣ */
  exp(): Tensor {
    return apply("Exp", [this]);
  }
  /** ln x */
  log(): Tensor {
    return apply("Log", [this]);
  }
  /** √x */
  sqrt(): Tensor {
    return apply("Sqrt", [this]);
  }
  /** |x| */
  abs(): Tensor {
    return apply("Abs", [this]);
  }
  /** erf x = 2/√π ∫₀ˣ e^(−t²) dt */
  erf(): Tensor {
    return apply("Erf", [this]);
  }
  tanh(): Tensor {
    return apply("Tanh", [this]);
  }
  /** 1 / (1 + e^(−x)) */
  sigmoid(): Tensor {
    return apply("Sigmoid", [this]);
  }
  /** max(x, 0) */
  relu(): Tensor {
    return apply("Relu", [this]);
  }

  /** Matrix product over the last two axes, batch axes broadcast: [..., M, K] × [..., K, N] → [..., M, N]. */
  matmul(y: Tensor): Tensor {
    return apply("MatMul", [this, y]);
  }

  /** Σ over `axes` (default: all). */
  sum(axes?: number | readonly number[], { keepDims = false } = {}): Tensor {
    return this.reduce("ReduceSum", axes, keepDims);
  }
  /** Mean over `axes` (default: all). */
  mean(axes?: number | readonly number[], { keepDims = false } = {}): Tensor {
    return this.reduce("ReduceMean", axes, keepDims);
  }
  /** Largest value over `axes` (default: all). */
  max(axes?: number | readonly number[], { keepDims = false } = {}): Tensor {
    return this.reduce("ReduceMax", axes, keepDims);
  }
  /** Smallest value over `axes` (default: all). */
  min(axes?: number | readonly number[], { keepDims = false } = {}): Tensor {
    return this.reduce("ReduceMin", axes, keepDims);
  }
  /** Softmax along `axis`. */
  softmax(axis = -1): Tensor {
    return apply("Softmax", [this], { axis });
  }
  /** Index of the largest value along `axis`, int64; the axis is removed. */
  argmax(axis = -1): Tensor {
    return apply("ArgMax", [this], { axis, keepdims: 0 });
  }

  /** The same values in another shape of the same size; one size may be −1. */
  reshape(shape: Shape): Tensor {
    const resolved = resolveShape(this, shape);
    return sameShape(resolved, this.shape) ? this : apply("Reshape", [this, int64Constant(resolved)]);
  }
  /** Axes in the order `axes`: output axis i is input axis `axes[i]`. */
  permute(axes: readonly number[]): Tensor {
    return apply("Transpose", [this], { perm: axes.map((axis) => (axis < 0 ? axis + this.rank : axis)) });
  }
  /** Swaps two axes. */
  transpose(a = -1, b = -2): Tensor {
    const axes = this.shape.map((_, i) => i);
    const [i, j] = [this.axis(a, "transpose"), this.axis(b, "transpose")];
    [axes[i], axes[j]] = [j, i];
    return this.permute(axes);
  }
  /** [..., start to end along axis, ...]; negative bounds count from the end. */
  slice(axis: number, start: number, end: number = this.shape[this.axis(axis, "slice")] ?? 0, step = 1): Tensor {
    const one = (value: number): Tensor => int64Constant([value]);
    return apply("Slice", [this, one(start), one(end), one(this.axis(axis, "slice")), one(step)]);
  }
  /** Broadcasts to `shape`. */
  expand(shape: Shape): Tensor {
    return sameShape(shape, this.shape) ? this : apply("Expand", [this, int64Constant(shape)]);
  }
  /** The same values as another dtype. */
  cast(dtype: DType): Tensor {
    return dtype === this.dtype ? this : apply("Cast", [this], { to: dtypes[dtype].onnx });
  }
  /** The same values; no gradient passes. */
  stopGradient(): Tensor {
    return apply("StopGradient", [this]);
  }

  equal(y: Operand): Tensor {
    return apply("Equal", [this, this.operand(y)]);
  }
  greater(y: Operand): Tensor {
    return apply("Greater", [this, this.operand(y)]);
  }
  greaterOrEqual(y: Operand): Tensor {
    return apply("GreaterOrEqual", [this, this.operand(y)]);
  }
  less(y: Operand): Tensor {
    return apply("Less", [this, this.operand(y)]);
  }
  /** Of a bool tensor: `x` where true, else `y`. */
  where(x: Tensor, y: Operand): Tensor {
    return apply("Where", [this, x, x.operand(y)]);
  }

  /** `axis` counted from 0. Throws when it is outside the shape. */
  axis(axis: number, operator: string): number {
    if (!Number.isInteger(axis) || axis < -this.rank || axis >= this.rank) {
      throw graphError(
        "shape/axis",
        `${operator}: axis ${axis} is outside ${show(this)}; use ${-this.rank} to ${this.rank - 1}`,
      );
    }
    return axis < 0 ? axis + this.rank : axis;
  }

  /** `y` as a tensor: numbers become scalars of this tensor's dtype. */
  operand(y: Operand): Tensor {
    return typeof y === "number" ? scalar(y, this.dtype) : y;
  }

  private reduce(type: string, axes: number | readonly number[] | undefined, keepDims: boolean): Tensor {
    const list = axes === undefined ? this.shape.map((_, i) => i) : typeof axes === "number" ? [axes] : axes;
    if (list.length === 0) return this;
    return apply(type, [this, int64Constant(list)], { keepdims: keepDims ? 1 : 0 });
  }
}

function apply(
  type: string,
  inputs: readonly (Tensor | undefined)[],
  attributes: Readonly<Record<string, AttributeValue | undefined>> = {},
): Tensor {
  const [first] = operatorOf(type).apply(inputs, attributes);
  return first as Tensor; // every operator has a first output
}

/** `[32, 65, 192]`, or `scalar`; with the dtype where it is not float32. */
export function show({ shape, dtype }: { readonly shape: Shape; readonly dtype: DType }): string {
  return `${dtype === "float32" ? "" : `${dtype} `}[${shape.join(", ")}]`;
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i]);

/** A tensor that holds `value`. */
export const constantOf = (value: HostTensor): Tensor =>
  new Tensor(value.shape, value.dtype, { kind: "constant", value });

/** A one-dimensional int64 constant: shapes, axes, bounds. */
export const int64Constant = (values: readonly number[]): Tensor =>
  constantOf(
    hostTensor(
      "int64",
      [values.length],
      BigInt64Array.from(values, (value) => BigInt(value)),
    ),
  );

/** A constant of shape [] and the dtype. */
export const scalar = (value: number, dtype: DType = "float32"): Tensor => filled([], value, dtype);

/** A constant of `shape` in which every element is `value`. Of one stored element where it is large. */
export function filled(shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  if (sizeOf(shape) > 4096) return filled([], value, dtype).expand(shape);
  return constantOf({ dtype, shape, data: arrayOf(dtype, sizeOf(shape), value) });
}

function arrayOf(dtype: DType, size: number, value: number): TensorData {
  if (dtype === "int64") return new BigInt64Array(size).fill(BigInt(value));
  if (dtype === "float16") return new Uint16Array(size).fill(toFloat16(value));
  return new dtypes[dtype].array(size).fill(value);
}

/** Bits of the float16 nearest to `value`; ties to even, overflow to infinity. */
export function toFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundTiesToEven(magnitude * 2 ** 24); // subnormal, step 2^-24
  const exponent = Math.floor(Math.log2(magnitude));
  return sign | (((exponent + 15) << 10) + roundTiesToEven((magnitude / 2 ** exponent - 1) * 1024)); // a carry moves the exponent up
}

function roundTiesToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function resolveShape(x: Tensor, shape: Shape): Shape {
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const resolved = shape.map((size) => (size === -1 ? x.size / known : size));
  if (
    shape.filter((size) => size === -1).length > 1 ||
    sizeOf(resolved) !== x.size ||
    resolved.some((size) => !Number.isInteger(size) || size < 0)
  ) {
    throw graphError(
      "shape/reshape",
      `reshape: ${show(x)} has ${x.size} elements and does not fit [${shape.join(", ")}]`,
    );
  }
  return resolved;
}
