/** Lengths and angles of vectors along an axis. */
import { maximum } from "../operators/extremes.ts";
import { ReduceL2 } from "../operators/reduce.ts";
import { int64Constant, type Tensor } from "../tensor.ts";

export interface DirectionOptions {
  readonly axis?: number;
  /** Least length that is divided by. */
  readonly eps?: number;
}

/** ‖x‖₂ along `axis`, which is kept as 1 with `keepDims`. */
export const l2Norm = (x: Tensor, axis = -1, { keepDims = false } = {}): Tensor =>
  ReduceL2({ x, axes: int64Constant([axis]) }, { keepdims: keepDims ? 1 : 0 }).y;

/** x / max(‖x‖₂, eps) along `axis`. Keeps the shape. */
export const l2Normalize = (x: Tensor, { axis = -1, eps = 1e-12 }: DirectionOptions = {}): Tensor =>
  x.div(maximum(l2Norm(x, axis, { keepDims: true }), eps));

/** x·y / (max(‖x‖, eps)·max(‖y‖, eps)) along `axis`, which is removed; broadcasts. */
export const cosineSimilarity = (x: Tensor, y: Tensor, { axis = -1, eps = 1e-8 }: DirectionOptions = {}): Tensor =>
  l2Normalize(x, { axis, eps }).mul(l2Normalize(y, { axis, eps })).sum(axis);
