/** Element-wise operators of whole numbers, bits and special values. None has a gradient. */
import { FoveaError } from "../../errors/fovea-error.ts";
import { int, string } from "../attributes.ts";
import { broadcast, sumTo } from "../broadcast.ts";
import { dtypes, type DType } from "../dtype.ts";
import { defineOperator } from "../operator.ts";
import { show, type Tensor } from "../tensor.ts";
import { checkDTypes } from "./binary.ts";

function checkKind(type: string, x: Tensor, fits: (dtype: DType) => boolean, wanted: string): void {
  if (!fits(x.dtype)) throw new FoveaError("dtype/bits", `${type}: ${show(x)} is ${x.dtype}, not ${wanted}`);
}
const isWhole = (dtype: DType): boolean => !dtypes[dtype].floating && dtype !== "bool";

function defineBitwise(type: string) {
  return defineOperator({
    type,
    opset: 18,
    inputs: ["a", "b"],
    outputs: ["y"],
    infer({ a, b }) {
      checkDTypes(type, a, b);
      checkKind(type, a, isWhole, "a whole number");
      return { y: { shape: broadcast(type, a, b), dtype: a.dtype } };
    },
  });
}

export const BitwiseAnd = defineBitwise("BitwiseAnd");
export const BitwiseOr = defineBitwise("BitwiseOr");
export const BitwiseXor = defineBitwise("BitwiseXor");

/** ONNX BitwiseNot-18: every bit turned over. */
export const BitwiseNot = defineOperator({
  type: "BitwiseNot",
  opset: 18,
  inputs: ["x"],
  outputs: ["y"],
  infer({ x }) {
    checkKind("BitwiseNot", x, isWhole, "a whole number");
    return { y: x };
  },
});

/** ONNX BitShift-11 of unsigned numbers: a·2^b for direction LEFT, ⌊a/2^b⌋ for RIGHT. */
export const BitShift = defineOperator({
  type: "BitShift",
  opset: 11,
  inputs: ["a", "b"],
  outputs: ["y"],
  attributes: { direction: string() },
  infer({ a, b }, { direction }) {
    checkDTypes("BitShift", a, b);
    checkKind("BitShift", a, (dtype) => dtype === "uint8", "unsigned");
    if (direction !== "LEFT" && direction !== "RIGHT")
      throw new FoveaError("graph/attribute", `BitShift: direction ${direction} is neither LEFT nor RIGHT`);
    return { y: { shape: broadcast("BitShift", a, b), dtype: a.dtype } };
  },
});

/** ONNX Xor-7: exactly one of two bools. */
export const Xor = defineOperator({
  type: "Xor",
  opset: 7,
  inputs: ["a", "b"],
  outputs: ["y"],
  infer({ a, b }) {
    for (const x of [a, b]) checkKind("Xor", x, (dtype) => dtype === "bool", "bool");
    return { y: { shape: broadcast("Xor", a, b), dtype: "bool" } };
  },
});

/** ONNX Mod-13: the remainder of a/b with the sign of b, or (fmod 1) of a, as C's fmod. */
export const Mod = defineOperator({
  type: "Mod",
  opset: 13,
  inputs: ["a", "b"],
  outputs: ["y"],
  attributes: { fmod: int(0) },
  infer({ a, b }, { fmod }) {
    checkDTypes("Mod", a, b);
    if (dtypes[a.dtype].floating && fmod === 0)
      throw new FoveaError("graph/attribute", `Mod: ${show(a)} is ${a.dtype}; only fmod=1 takes floating numbers`);
    return { y: { shape: broadcast("Mod", a, b), dtype: a.dtype } };
  },
  // y = a − b·q with q whole: dy for a, −q·dy for b
  gradient: ({ a, b, y }, { dy }) => ({ a: sumTo(dy, a.shape), b: sumTo(dy.mul(y.sub(a)).div(b), b.shape) }),
});

/** ONNX IsNaN-20. */
export const IsNaN = defineOperator({
  type: "IsNaN",
  opset: 20,
  inputs: ["x"],
  outputs: ["y"],
  infer({ x }) {
    checkKind("IsNaN", x, (dtype) => dtypes[dtype].floating, "floating");
    return { y: { shape: x.shape, dtype: "bool" } };
  },
});

/** ONNX IsInf-20: infinite, of either sign or of those asked for. */
export const IsInf = defineOperator({
  type: "IsInf",
  opset: 20,
  inputs: ["x"],
  outputs: ["y"],
  attributes: { detect_negative: int(1), detect_positive: int(1) },
  infer({ x }) {
    checkKind("IsInf", x, (dtype) => dtypes[dtype].floating, "floating");
    return { y: { shape: x.shape, dtype: "bool" } };
  },
});
