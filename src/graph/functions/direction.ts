/** Lengths and angles of vectors along an axis. */
import { broadcast } from "../broadcast.ts";
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

/**
 * x·y / (max(‖x‖, eps)·max(‖y‖, eps)) along `axis` of the shape to which both broadcast; the axis is removed. A vector
 * that is repeated along the axis has the length of its repetitions, as in PyTorch.
 */
export function cosineSimilarity(x: Tensor, y: Tensor, { axis = -1, eps = 1e-8 }: DirectionOptions = {}): Tensor {
  const joint = broadcast("cosineSimilarity", x, y);
  const at = axis < 0 ? axis + joint.length : axis;
  const unit = (v: Tensor): Tensor => {
    // other axes broadcast after the division, which is then smaller
    const shape = joint.map((size, i) => (i === at ? size : (v.shape[i - joint.length + v.rank] ?? 1)));
    return l2Normalize(v.expand(shape), { axis, eps });
  };
  return unit(x).mul(unit(y)).sum(axis);
}
