/** Numbers that older operator sets keep in an attribute and newer ones in an input. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { hostTensor } from "../../dtype.ts";
import { constantValues } from "../../operators/constant-input.ts";
import { findOperator } from "../../registry.ts";
import { constantOf, int64Constant, type Tensor } from "../../tensor.ts";
import { folded } from "../fold.ts";
import type { ForeignNode } from "../foreign-node.ts";

/** The input at `i`, which the operator cannot do without. */
export function required({ type, inputs }: ForeignNode, i: number): Tensor {
  const found = inputs[i];
  if (found !== undefined) return found;
  const name = findOperator(type)?.inputs[i]?.replace(/^\.\.\.|\?$/g, "");
  throw new FoveaError("graph/input", `${type}: input ${name ?? i} is missing`);
}

/** Whole numbers from the attribute `name` or the input at `i`; undefined where there is neither. */
export function wholeNumbers(node: ForeignNode, name: string, i: number): readonly number[] | undefined {
  const listed = node.attributes.ints(name);
  if (listed !== undefined) return listed;
  const given = node.inputs[i];
  return given === undefined ? undefined : constantValues(node.type, name, folded(given));
}

/** The same as a constant tensor. */
export function wholeTensor(node: ForeignNode, name: string, i: number): Tensor | undefined {
  const values = wholeNumbers(node, name, i);
  return values === undefined ? undefined : int64Constant(values);
}

/** Constant numbers of the input at `i`; undefined where it is absent or (an old exporter's way) empty. */
export function numbers(node: ForeignNode, name: string, i: number): readonly number[] | undefined {
  const given = node.inputs[i];
  if (given === undefined || given.size === 0) return undefined;
  return constantNumbers(node.type, name, given);
}

/** The values of a constant, or of what constants make; float16 as the numbers that its bits mean. */
export const constantNumbers = (type: string, name: string, tensor: Tensor): readonly number[] =>
  constantValues(type, name, folded(tensor.dtype === "float16" ? tensor.cast("float32") : tensor));

export const floatConstant = (values: readonly number[]): Tensor =>
  constantOf(hostTensor("float32", [values.length], Float32Array.from(values)));

/** The whole numbers from 0 to `count` − 1, int64. */
export const counting = (count: number): Tensor => int64Constant(Array.from({ length: count }, (_, i) => i));

/** Throws for a value of an attribute that is not among `known`. */
export function oneOf(type: string, name: string, value: string, known: readonly string[]): string {
  if (known.includes(value)) return value;
  throw new FoveaError("graph/attribute", `${type}: ${name} ${value} is none of ${known.join(", ")}`);
}
