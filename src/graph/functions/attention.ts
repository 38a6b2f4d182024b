import { fusedMatMul } from "../operators/matmul.ts";
import { softmax } from "../operators/softmax.ts";
import type { Tensor } from "../tensor.ts";

export interface AttentionOptions {
  /** Added to the scores before the softmax; broadcasts to [..., N, M]. */
  readonly bias?: Tensor | undefined;
  /** Factor of the scores; default 1/√D. */
  readonly scale?: number;
}

/**
 * softmax(scale·q·kᵀ + bias)·v: q [..., N, D], k [..., M, D], v [..., M, E] → [..., N, E].
 * Source: arXiv 1706.03762 §3.2.1.
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { bias, scale = 1 / Math.sqrt(q.shape[q.rank - 1]) }: AttentionOptions = {},
): Tensor {
  const scores = fusedMatMul(q, k, { alpha: scale, transB: 1 }); // [..., N, M]
  return softmax(bias === undefined ? scores : scores.add(bias)).matmul(v);
}
