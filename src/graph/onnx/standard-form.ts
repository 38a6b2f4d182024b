import type { Program } from "../program.ts";
import { rewriteProgram } from "../rewrite.ts";
import type { Tensor } from "../tensor.ts";

/**
 * The program in ONNX's own operators only, for files that leave this project and for devices whose provider lacks ONNX
 * Runtime's: FusedMatMul becomes Transpose, MatMul and Mul. ONNX Runtime's CPU provider fuses them again by itself.
 */
export function standardForm(program: Program): Program {
  return rewriteProgram(program, (node, [a, b]) => {
    if (node.operator.type !== "FusedMatMul" || a === undefined || b === undefined) return undefined;
    const { alpha, transA, transB } = node.attributes;
    const product = turned(a, transA === 1).matmul(turned(b, transB === 1));
    return [alpha === 1 ? product : product.mul(alpha as number)]; // a float attribute
  });
}

const turned = (x: Tensor, transposed: boolean): Tensor => (transposed ? x.transpose() : x);
