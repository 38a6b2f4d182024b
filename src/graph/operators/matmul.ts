/**
 * Matrix products. y = A·B: dA = dy·Bᵀ, dB = Aᵀ·dy, summed over batch axes that were broadcast.
 */
import { FoveaError } from "../../errors/fovea-error.ts";
import { float, int } from "../attributes.ts";
import { broadcastShape, sumTo } from "../broadcast.ts";
import type { Shape } from "../dtype.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { show, type Tensor } from "../tensor.ts";
import { checkDTypes } from "./binary.ts";

/** [..., M, K] × [..., K, N] → [..., M, N], batch axes broadcast; vectors as in numpy are not taken. */
export const MatMul = defineOperator({
  type: "MatMul",
  opset: 13,
  inputs: ["a", "b"],
  outputs: ["y"],
  infer({ a, b }): { y: TensorType } {
    checkDTypes("MatMul", a, b);
    return { y: { shape: matmulShape("MatMul", a, b), dtype: a.dtype } };
  },
  flops: ({ a, y }) => 2 * y.size * a.shape[a.rank - 1],
  gradient: ({ a, b }, { dy }) => ({
    a: sumTo(fusedMatMul(dy, b, { transB: 1 }), a.shape),
    b: b.rank === 2 && a.rank > 2 ? foldBatch(a, dy) : sumTo(fusedMatMul(a, dy, { transA: 1 }), b.shape),
  }),
});

/** The shape of a product over the last two axes. Throws, naming `type`, where the operands do not fit. */
export function matmulShape(type: string, a: Tensor, b: Tensor): Shape {
  if (a.rank < 2 || b.rank < 2)
    throw new FoveaError("shape/matmul", `${type}: ${show(a)} × ${show(b)}: both need two axes or more`, {
      hint: "reshape a vector to one row or one column",
    });
  const [m, k, rows, n] = [a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 2], b.shape[b.rank - 1]];
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (k !== rows) {
    throw new FoveaError("shape/matmul", `${type}: ${show(a)} × ${show(b)}: inner sizes ${k} and ${rows} differ`, {
      hint: "a Linear weight is stored [out, in]: use linear(x, weight), or transpose it first",
    });
  }
  if (batch === undefined)
    throw new FoveaError("shape/matmul", `${type}: ${show(a)} × ${show(b)}: batch axes do not broadcast`);
  return [...batch, m, n];
}

/** Aᵀ·dy with the batch axes folded into the rows: one product instead of a batch of them and a sum. */
function foldBatch(a: Tensor, dy: Tensor): Tensor {
  const [k, n] = [a.shape[a.rank - 1] as number, dy.shape[dy.rank - 1] as number];
  return gemm(a.reshape([a.size / k, k]), dy.reshape([dy.size / n, n]), undefined, { transA: 1 });
}

/** α·A′·B′ + β·C with A′, B′ two-dimensional, transposed if asked; C broadcasts to the result. */
export const Gemm = defineOperator({
  type: "Gemm",
  opset: 13,
  inputs: ["a", "b", "c?"],
  outputs: ["y"],
  attributes: { alpha: float(1), beta: float(1), transA: int(0), transB: int(0) },
  infer({ a, b, c }, { transA, transB }): { y: TensorType } {
    const [m, k] = transA ? [a.shape[1], a.shape[0]] : a.shape;
    const [rows, n] = transB ? [b.shape[1], b.shape[0]] : b.shape;
    if (a.rank !== 2 || b.rank !== 2 || k !== rows) {
      throw new FoveaError(
        "shape/matmul",
        `Gemm: ${show(a)}${transA ? "ᵀ" : ""} × ${show(b)}${transB ? "ᵀ" : ""} does not fit`,
        {
          hint: "both need two axes and equal inner sizes",
        },
      );
    }
    checkDTypes("Gemm", a, b);
    const shape = [m as number, n as number];
    const joint = c === undefined ? shape : broadcastShape(c.shape, shape);
    if (joint === undefined || joint.length !== 2 || joint[0] !== m || joint[1] !== n) {
      throw new FoveaError(
        "shape/matmul",
        `Gemm: ${c && show(c)} does not broadcast to the product [${shape.join(", ")}]`,
      );
    }
    return { y: { shape, dtype: a.dtype } };
  },
  flops: ({ a, y }, { transA }) => 2 * y.size * a.shape[transA ? 0 : 1],
  gradient({ a, b, c }, { dy }, { alpha, beta, transA, transB }) {
    const da = transA
      ? gemm(b, dy, undefined, { alpha, transA: transB, transB: 1 })
      : gemm(dy, b, undefined, { alpha, transB: 1 - transB });
    const db = transB
      ? gemm(dy, a, undefined, { alpha, transA: 1, transB: transA })
      : gemm(a, dy, undefined, { alpha, transA: 1 - transA });
    return { a: da, b: db, c: c === undefined ? undefined : sumTo(beta === 1 ? dy : dy.mul(beta), c.shape) };
  },
});

type GemmAttributes = { alpha?: number; beta?: number; transA?: number; transB?: number };

/** α·A′·B′ + β·c for two-dimensional A, B. */
export const gemm = (a: Tensor, b: Tensor, c?: Tensor, attributes: GemmAttributes = {}): Tensor =>
  Gemm({ a, b, c }, attributes).y;

/**
 * α·A′·B′ over the last two axes, each transposed if asked, without a Transpose node. ONNX Runtime's own operator;
 * on the CPU it multiplies without making the transposed copy.
 */
export const FusedMatMul = defineOperator({
  type: "FusedMatMul",
  domain: "com.microsoft",
  opset: 1,
  inputs: ["a", "b"],
  outputs: ["y"],
  attributes: { alpha: float(1), transA: int(0), transB: int(0) },
  infer({ a, b }, { transA, transB }): { y: TensorType } {
    checkDTypes("FusedMatMul", a, b);
    const [m, k] = lastTwo(a, transA);
    const [rows, n] = lastTwo(b, transB);
    const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    if (k !== rows || batch === undefined) {
      throw new FoveaError(
        "shape/matmul",
        `matmul: ${show(a)}${transA ? "ᵀ" : ""} × ${show(b)}${transB ? "ᵀ" : ""} does not fit`,
      );
    }
    return { y: { shape: [...batch, m, n], dtype: a.dtype } };
  },
  flops: ({ a, y }, { transA }) => 2 * y.size * lastTwo(a, transA)[1],
  gradient({ a, b }, { dy }, { alpha, transA, transB }) {
    const da = transA
      ? fusedMatMul(b, dy, { alpha, transA: transB, transB: 1 })
      : fusedMatMul(dy, b, { alpha, transB: 1 - transB });
    const db = transB
      ? fusedMatMul(dy, a, { alpha, transA: 1, transB: transA })
      : fusedMatMul(a, dy, { alpha, transA: 1 - transA });
    return { a: sumTo(da, a.shape), b: sumTo(db, b.shape) };
  },
});

function lastTwo({ shape, rank }: Tensor, transposed: number): readonly [number, number] {
  const [rows, columns] = [shape[rank - 2] ?? 0, shape[rank - 1] ?? 0];
  return transposed ? [columns, rows] : [rows, columns];
}

/** α·A′·B′ over the last two axes, batch axes broadcast: [..., M, K] × [..., K, N] → [..., M, N]. */
export const fusedMatMul = (
  a: Tensor,
  b: Tensor,
  attributes: { alpha?: number; transA?: number; transB?: number } = {},
): Tensor => FusedMatMul({ a, b }, attributes).y;
