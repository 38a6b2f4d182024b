import { FoveaError } from "../errors/fovea-error.ts";
import { hostTensor } from "../graph/dtype.ts";
import { constant } from "../graph/leaf.ts";
import { show, type Tensor } from "../graph/tensor.ts";

/**
 * The tokens of each sample that `indices` names, in that order: x [B, N, D], int64 [B, K] → [B, K, D]. A product with a
 * one-hot matrix [B, K, N]: its backward pass is another product, where that of a gather scatters (see `addSlices`).
 */
export function selectTokens(x: Tensor, indices: Tensor): Tensor {
  const [batch, kept] = indices.shape;
  if (x.rank !== 3 || indices.rank !== 2 || indices.dtype !== "int64" || batch !== x.shape[0]) {
    throw new FoveaError(
      "shape/tokens",
      `selectTokens: x ${show(x)} is not [B, N, D] or the indices ${show(indices)} are not int64 [B, K]`,
    );
  }
  const [, tokens] = x.shape;
  const numbers = BigInt64Array.from({ length: tokens }, (_, token) => BigInt(token));
  const places = constant(hostTensor("int64", [1, 1, tokens], numbers));
  return indices.reshape([batch, kept, 1]).equal(places).cast(x.dtype).matmul(x);
}
