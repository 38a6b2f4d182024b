import { grad } from "../graph/autodiff.ts";
import { concat } from "../graph/operators/layout.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Parameter } from "../nn/parameter.ts";

/** Gradients of the scalar `loss` by parameter, in the order given; see `grad` for `upstream`. */
export function gradientsOf(loss: Tensor, parameters: Iterable<Parameter>, upstream?: Tensor): Map<Parameter, Tensor> {
  const list = [...parameters];
  const gradients = grad(loss, list, upstream);
  return new Map(list.map((parameter, i) => [parameter, gradients[i] as Tensor])); // grad returns one for each
}

export interface ClippedGradients {
  readonly gradients: Map<Parameter, Tensor>;
  /** ‖g‖ over all gradients before clipping, a scalar. */
  readonly norm: Tensor;
}

/** √Σ‖g‖² over all `gradients`, a scalar; worth logging even without clipping. */
export function globalNorm(gradients: ReadonlyMap<Parameter, Tensor>): Tensor {
  // a product of the flat gradient with itself: one pass, where square and sum are two
  const squares = [...gradients.values()].map((g) => g.reshape([1, g.size]).matmul(g.reshape([g.size, 1])));
  return concat(squares, 0).sum().sqrt();
}

/**
 * Scales all gradients by min(1, maxNorm / (‖g‖ + 1e-6)), ‖g‖ over all of them.
 * Source: torch.nn.utils.clip_grad_norm_.
 */
export function clipByGlobalNorm(gradients: ReadonlyMap<Parameter, Tensor>, maxNorm: number): ClippedGradients {
  const norm = globalNorm(gradients);
  const ratio = norm.add(1e-6).pow(-1).mul(maxNorm);
  const factor = ratio.less(1).where(ratio, 1);
  return { gradients: new Map([...gradients].map(([parameter, g]) => [parameter, g.mul(factor)])), norm };
}
