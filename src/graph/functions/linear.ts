import { graphError } from "../graph-error.ts";
import { gemm } from "../operators/matmul.ts";
import { show, type Tensor } from "../tensor.ts";

/**
 * x·weightᵀ + bias over the last axis: [..., in] → [..., out], weight [out, in] as PyTorch stores it, bias [out].
 * One Gemm over all rows, whatever the leading axes.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const width = x.shape[x.rank - 1];
  if (weight.rank !== 2 || x.rank === 0 || weight.shape[1] !== width) {
    throw graphError("shape/linear", `linear: x ${show(x)} and weight ${show(weight)} do not fit`, {
      hint: `a weight is stored [out, in]; the last axis of x is ${width ?? "missing"}`,
    });
  }
  const [out] = weight.shape;
  const y = gemm(x.reshape([x.size / width, width]), weight, bias, { transB: 1 });
  return y.reshape([...x.shape.slice(0, -1), out]);
}
