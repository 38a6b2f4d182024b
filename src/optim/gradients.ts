import { grad } from "../graph/autodiff.ts";
import { concat } from "../graph/operators/layout.ts";
import type { SegmentOf } from "../graph/recompute.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";
import type { Parameter } from "../nn/parameter.ts";
import { elementWise } from "./element-wise.ts";

/** Gradients of the scalar `loss` by parameter, in the order given; see `grad` for `upstream` and `segmentOf`. */
export function gradientsOf(
  loss: Tensor,
  parameters: Iterable<Parameter>,
  upstream?: Tensor,
  options: { readonly segmentOf?: SegmentOf | undefined } = {},
): Map<Parameter, Tensor> {
  const list = [...parameters];
  const gradients = grad(loss, list, upstream, options);
  return new Map(list.map((parameter, i) => [parameter, gradients[i] as Tensor])); // grad returns one for each
}

export interface ClippedGradients {
  readonly gradients: Map<Parameter, Tensor>;
  /** ‖g‖ over all gradients before clipping, a scalar. */
  readonly norm: Tensor;
}

/** √Σ‖g‖² over all `gradients`, a scalar; worth logging even without clipping. */
export function globalNorm(gradients: ReadonlyMap<Parameter, Tensor>): Tensor {
  return concat([...gradients.values()].map(sumOfSquares), 0)
    .sum()
    .sqrt();
}

/** Row by row first: ONNX Runtime adds up one after the other, which is 4e-4 off for a million values at once. */
function sumOfSquares(g: Tensor): Tensor {
  const rows = g.reshape([g.shape[0] ?? 1, -1]);
  return rows.mul(rows).sum(1).sum().reshape([1]);
}

/**
 * Scales all gradients by min(1, maxNorm / (‖g‖ + 1e-6)), ‖g‖ over all of them.
 * Source: torch.nn.utils.clip_grad_norm_.
 */
export function clipByGlobalNorm(gradients: ReadonlyMap<Parameter, Tensor>, maxNorm: number): ClippedGradients {
  const norm = globalNorm(gradients);
  const ratio = scalar(maxNorm).div(norm.add(1e-6));
  const factor = ratio.less(1).where(ratio, 1);
  const clipped = (g: Tensor): Tensor => elementWise([g], (x) => x.mul(factor));
  return { gradients: new Map([...gradients].map(([parameter, g]) => [parameter, clipped(g)])), norm };
}
