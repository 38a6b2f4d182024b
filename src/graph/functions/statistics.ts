import { sizeOf } from "../dtype.ts";
import { ReduceLogSumExp } from "../operators/reduce.ts";
import { int64Constant, type Tensor } from "../tensor.ts";

export interface ReductionOptions {
  readonly keepDims?: boolean;
}
export interface VarianceOptions extends ReductionOptions {
  /** Divide by n − 1 instead of n, as PyTorch does by default. */
  readonly unbiased?: boolean;
}
type Axes = number | readonly number[] | undefined;

const listOf = (x: Tensor, axes: Axes): readonly number[] =>
  axes === undefined ? x.shape.map((_, i) => i) : typeof axes === "number" ? [axes] : axes;

/** Σ(x − mean)²/(n − 1) over `axes` (default: all); /n with `unbiased: false`. */
export function variance(x: Tensor, axes?: Axes, { unbiased = true, keepDims = false }: VarianceOptions = {}): Tensor {
  const list = listOf(x, axes);
  const centred = x.sub(x.mean(list, { keepDims: true }));
  const count = sizeOf(list.map((axis) => x.shape[x.axis(axis, "variance")]));
  const mean = centred.mul(centred).mean(list, { keepDims });
  return unbiased ? mean.mul(count / (count - 1)) : mean;
}

/** √variance over `axes` (default: all). */
export const standardDeviation = (x: Tensor, axes?: Axes, options?: VarianceOptions): Tensor =>
  variance(x, axes, options).sqrt();

/** ln Σ eˣ over `axes` (default: all), without overflow. */
export function logSumExp(x: Tensor, axes?: Axes, { keepDims = false }: ReductionOptions = {}): Tensor {
  return ReduceLogSumExp({ x, axes: int64Constant(listOf(x, axes)) }, { keepdims: keepDims ? 1 : 0 }).y;
}
