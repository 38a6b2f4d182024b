import type { Tensor } from "../graph/tensor.ts";

/**
 * `change` applied element by element; where the last axis is 1, on the flattened tensors: broadcasting a scalar over
 * such a tensor is 18 times slower on the CPU (engine.md). All of `tensors` have one shape, and so has the result.
 */
export function elementWise(tensors: readonly Tensor[], change: (...tensors: Tensor[]) => Tensor): Tensor {
  const shape = (tensors[0] as Tensor).shape; // callers give one or more
  return change(...tensors.map(flat)).reshape(shape);
}

/** The tensor as a vector where its last axis is 1, else itself. */
export const flat = (tensor: Tensor): Tensor =>
  tensor.rank > 1 && tensor.shape[tensor.rank - 1] === 1 ? tensor.reshape([tensor.size]) : tensor;
