/** Sums, powers and products whose ONNX form is wider than our operators. */
import { dtypes, hostTensor } from "../../dtype.ts";
import { minimum } from "../../operators/extremes.ts";
import { indexSelect } from "../../operators/gather.ts";
import { einsum } from "../../functions/einsum.ts";
import { FoveaError } from "../../../errors/fovea-error.ts";
import { Einsum } from "../../operators/unruled.ts";
import { And } from "../../operators/binary.ts";
import { BitShift, Mod } from "../../operators/bits.ts";
import { QLinearMatMul } from "../../operators/quantised.ts";
import { CumSum } from "../../operators/order.ts";
import { Gemm } from "../../operators/matmul.ts";
import { constantOf, scalar, type Tensor } from "../../tensor.ts";
import type { Conversion, ForeignNode } from "../foreign-node.ts";
import { oneOf, required, wholeNumbers } from "./inputs.ts";

function sum(node: ForeignNode): Tensor {
  const all = node.inputs.map((_, i) => required(node, i));
  return all.slice(1).reduce((total, x) => total.add(x), required(node, 0));
}

/** The exponent may be of another type; the result is of the base's. */
const pow: Conversion = (node) => {
  const [x, y] = [required(node, 0), required(node, 1)];
  if (x.dtype === y.dtype) return [x.pow(y)];
  if (dtypes[x.dtype].floating) return [x.pow(y.cast(x.dtype))];
  return [x.cast("float64").pow(y.cast("float64")).cast(x.dtype)];
};

/** Vectors as in numpy: a row on the left, a column on the right, and the axis is dropped again. */
const matmul: Conversion = (node) => {
  const [a, b] = [required(node, 0), required(node, 1)];
  if (a.rank > 1 && b.rank > 1) return [a.matmul(b)];
  const product = (a.rank === 1 ? a.reshape([1, a.size]) : a).matmul(b.rank === 1 ? b.reshape([b.size, 1]) : b);
  const shape = product.shape.filter(
    (_, i) => !(a.rank === 1 && i === product.rank - 2) && !(b.rank === 1 && i === product.rank - 1),
  );
  return [product.reshape(shape)];
};

/** Ours where it takes the equation, because it has gradients; else ONNX's own. */
const einsumOf: Conversion = (node) => {
  const equation = node.attributes.text("equation", "");
  const xs = node.inputs.map((_, i) => required(node, i));
  try {
    return [einsum(equation, ...xs)];
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    return [Einsum({ xs }, { equation }).y];
  }
};

const cumsum: Conversion = (node) => {
  const [axis] = wholeNumbers(node, "axis", 1) ?? [0];
  return [
    CumSum(
      { x: required(node, 0), axis: scalar(axis, "int64") },
      { exclusive: node.attributes.int("exclusive", 0), reverse: node.attributes.int("reverse", 0) },
    ).y,
  ];
};

const mod: Conversion = (node) => {
  const [a, b] = [required(node, 0), required(node, 1)];
  const fmod = node.attributes.int("fmod", 0);
  const remainder = Mod({ a, b }, { fmod: dtypes[a.dtype].floating ? 1 : fmod }).y;
  if (fmod === 1 || !dtypes[a.dtype].floating) return [remainder];
  // of the divisor's sign: one divisor more where the signs differ
  const differ = And({
    a: remainder.less(0).equal(b.less(0)).equal(scalar(0, "bool")),
    b: remainder.equal(0).equal(scalar(0, "bool")),
  }).y;
  return [differ.where(remainder.add(b), remainder)];
};

/** Unsigned as ONNX Runtime has it; int32 and int64 (which it lacks) as products with and quotients by powers of two. */
const bitShift: Conversion = (node) => {
  const [a, b] = [required(node, 0), required(node, 1)];
  const direction = oneOf("BitShift", "direction", node.attributes.text("direction", ""), ["LEFT", "RIGHT"]);
  if (a.dtype !== "int32" && a.dtype !== "int64") return [BitShift({ a, b }, { direction }).y];
  const bits = a.dtype === "int32" ? 32 : 64;
  // a shift that is negative or too far stands behind the others
  const places = b.less(0).where(b.mul(0).add(bits), minimum(b, bits)).cast("int64");
  if (direction === "LEFT") return [a.mul(indexSelect(powers(bits, a.dtype, bits, 0), places))];
  const [divisor, zero] = [indexSelect(powers(bits - 1, a.dtype, bits, 1), places), a.mul(0)];
  const shifted = a.sub(Mod({ a, b: divisor }).y).div(divisor);
  return [places.less(bits - 1).where(shifted, a.less(0).where(zero.sub(1), zero))];
};

/** 2⁰ to 2^(count−1) in two's complement, then `rest` up to index `bits`. */
function powers(count: number, dtype: "int32" | "int64", bits: number, rest: number): Tensor {
  const values = Array.from({ length: bits + 1 }, (_, i) =>
    i < count ? BigInt.asIntN(bits, 1n << BigInt(i)) : BigInt(rest),
  );
  return constantOf(
    dtype === "int64"
      ? hostTensor("int64", [bits + 1], BigInt64Array.from(values))
      : hostTensor("int32", [bits + 1], Int32Array.from(values, Number)),
  );
}

/** ONNX Runtime takes float32 scales only. */
const qlinearMatMul: Conversion = (node) => {
  const [a, aScale, aZero, b, bScale, bZero, yScale, yZero] = Array.from({ length: 8 }, (_, i) => required(node, i));
  const wide = (scale: Tensor): Tensor => scale.cast("float32");
  const operands = { a, aScale: wide(aScale), aZero, b, bScale: wide(bScale), bZero, yScale: wide(yScale), yZero };
  return [QLinearMatMul(operands).y];
};

const gemm: Conversion = (node) => {
  const { attributes } = node;
  return [
    Gemm(
      { a: required(node, 0), b: required(node, 1), c: node.inputs[2] },
      {
        alpha: attributes.float("alpha", 1),
        beta: attributes.float("beta", 1),
        transA: attributes.int("transA", 0),
        transB: attributes.int("transB", 0),
      },
    ).y,
  ];
};

export const arithmetic: Readonly<Record<string, Conversion>> = {
  Sum: (node) => [sum(node)],
  Mean: (node) => [sum(node).div(node.inputs.length)],
  Pow: pow,
  MatMul: matmul,
  Einsum: einsumOf,
  CumSum: cumsum,
  Mod: mod,
  Gemm: gemm,
  QLinearMatMul: qlinearMatMul,
  BitShift: bitShift,
};
