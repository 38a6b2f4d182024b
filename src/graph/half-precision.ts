import type { Node } from "./node.ts";
import type { Program } from "./program.ts";
import { rewriteProgram } from "./rewrite.ts";
import type { Tensor } from "./tensor.ts";

/** Where the time goes, and where float16 multiplies and float32 adds up: torch.autocast's list, as far as we have it. */
const products = new Set(["MatMul", "Gemm", "FusedMatMul", "Conv", "ConvTranspose"]);

/** Operators that hand values on as they are. */
const moves = new Set([
  ...["Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Transpose"],
  ...["Slice", "Split", "Concat", "Gather", "Expand", "Tile"],
]);

/**
 * The program with its products and convolutions in float16, forward and backward: their operands are cast once, however
 * many read them, and what only moves results on (heads, reshapes) moves the float16 values. Everything else, so softmax,
 * norms, activations, reductions, losses and updates, stays in float32, and so do inputs, states and outputs. What the
 * backward pass keeps of a product's operands is stored in float16.
 *
 * A product with a constant stays in float32: it is a sum (a bias gradient is a product with a row of ones) or a
 * resampling. Source of the split: PyTorch's CUDA autocast lists; unlike there, element-wise operators between products
 * compute in float32.
 */
export function halfPrecision(program: Program): Program {
  const halves = new Map<Tensor, Tensor>();
  const half = (tensor: Tensor): Tensor => {
    const known = halves.get(tensor) ?? tensor.cast("float16");
    halves.set(tensor, known);
    return known;
  };
  return rewriteProgram(program, (node, inputs) => {
    const floats = inputs.filter((tensor) => tensor?.dtype === "float32");
    const inHalf =
      (products.has(node.operator.type) && floats.length === present(inputs) && !floats.some(isConstant)) ||
      (moves.has(node.operator.type) && floats.length > 0 && floats.every((tensor) => tensor && halves.has(tensor)));
    if (!inHalf) return undefined;
    return applied(node, inputs, half).map((result) => {
      const full = result.cast("float32");
      halves.set(full, result);
      return full;
    });
  });
}

const applied = (
  { operator, attributes, outputs }: Node,
  inputs: readonly (Tensor | undefined)[],
  half: (tensor: Tensor) => Tensor,
): readonly Tensor[] =>
  operator.apply(
    inputs.map((tensor) => (tensor?.dtype === "float32" ? half(tensor) : tensor)),
    attributes,
    outputs.length,
  );

const present = (inputs: readonly (Tensor | undefined)[]): number =>
  inputs.filter((tensor) => tensor !== undefined).length;

/** A constant, or one that is repeated (`filled`). */
function isConstant(tensor: Tensor | undefined): boolean {
  if (tensor?.producer.kind !== "node") return tensor?.producer.kind === "constant";
  const { operator, inputs } = tensor.producer;
  return operator.type === "Expand" && inputs[0]?.producer.kind === "constant";
}
