/** Every operator type that a foreign model may hold, and how it becomes ours. */
import type { Conversion } from "../foreign-node.ts";
import { activations } from "./activations.ts";
import { arithmetic } from "./arithmetic.ts";
import { asIs, asIsIn, asIsOnConstants } from "./as-is.ts";
import { indexing } from "./indexing.ts";
import { recurrent } from "./recurrent.ts";
import { signals } from "./signals.ts";
import { losses } from "./losses.ts";
import { normalisations } from "./normalisations.ts";
import { quantised } from "./quantised.ts";
import { reductions } from "./reductions.ts";
import { resampling } from "./resampling.ts";
import { shapes } from "./shapes.ts";
import { windows } from "./windows.ts";

/** Types whose definition did not change, or grew only: ours takes every version of them. */
const unchanged = [
  "Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Ceil",
  "Concat Cos Cosh Det Div DynamicQuantizeLinear Elu Equal Erf Exp Flatten Floor Gather Gelu Greater",
  "GreaterOrEqual HardSigmoid HardSwish Identity IsInf IsNaN LayerNormalization LeakyRelu Less LessOrEqual Log",
  "MatMulInteger Max Min Mish Mul Neg Not Or Reciprocal Relu Round Sigmoid Sign Sin Sinh",
  "Softplus Sqrt Sub Tan Tanh Transpose Trilu Where Xor",
].flatMap((line) => line.split(" "));

const tables: readonly Readonly<Record<string, Conversion>>[] = [
  activations,
  arithmetic,
  indexing,
  losses,
  recurrent,
  signals,
  normalisations,
  quantised,
  reductions,
  resampling,
  shapes,
  windows,
];

const conversions: ReadonlyMap<string, Conversion> = new Map([
  ...unchanged.map((type) => [type, asIs] as const),
  ...tables.flatMap((table) => Object.entries(table)),
  ["Col2Im", asIsOnConstants],
  ["com.microsoft.FusedMatMul", asIsIn("com.microsoft")],
]);

/** The conversion of a type, or undefined: not supported. */
export const conversionOf = (type: string, domain: string): Conversion | undefined =>
  conversions.get(domain === "" || domain === "ai.onnx" ? type : `${domain}.${type}`);

/** ONNX types that can be read, sorted; others are refused by name. */
export const importableTypes = (): string[] => [...conversions.keys()].sort();
