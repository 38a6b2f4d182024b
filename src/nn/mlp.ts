import { FoveaError } from "../errors/fovea-error.ts";
import { gemm } from "../graph/operators/matmul.ts";
import { show, type Tensor } from "../graph/tensor.ts";
import { LayerNorm } from "./layer-norm.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { Module } from "./module.ts";
import { scaledGelu } from "./scaled-gelu.ts";

export interface MlpOptions {
  /** First values of fc1; those of fc2 are `second`, by default the same. */
  readonly first?: LinearOptions;
  readonly second?: LinearOptions;
  /** A LayerNorm `ffn_ln` of the hidden values (sub-LN, eps 1e-5). Default false. */
  readonly subNorm?: boolean;
}

/** fc2(GELU(fc1(x))), the feed-forward part of a transformer block; names as in timm. */
export class Mlp extends Module {
  readonly fc1: Linear;
  readonly ffn_ln: LayerNorm | undefined;
  readonly fc2: Linear;

  constructor(dim: number, hidden: number, { first = {}, second = first, subNorm = false }: MlpOptions = {}) {
    super();
    this.fc1 = new Linear(dim, hidden, first);
    this.ffn_ln = subNorm ? new LayerNorm(hidden) : undefined;
    this.fc2 = new Linear(hidden, dim, second);
  }

  /** [..., dim] → [..., dim] */
  forward(x: Tensor): Tensor {
    const dim = this.fc1.weight.shape[1];
    if (x.shape[x.rank - 1] !== dim) throw new FoveaError("shape/mlp", `Mlp: x ${show(x)} is not [..., ${dim}]`);
    if (this.ffn_ln === undefined) return geluBetween(this.fc1, this.fc2, x);
    return this.fc2.forward(this.ffn_ln.forward(scaledGelu(this.fc1.forward(x).mul(Math.SQRT1_2)).mul(Math.SQRT1_2)));
  }
}

/** second(GELU(first(x))): [..., dim] → [..., out of `second`] */
export function geluBetween(first: Linear, second: Linear, x: Tensor): Tensor {
  const dim = first.weight.shape[1];
  // GELU's two factors 1/√2 ride on the Gemms; scaling the bias costs one pass over a vector
  const half = { transB: 1, alpha: Math.SQRT1_2 };
  const z = gemm(x.reshape([x.size / dim, dim]), first.weight, first.bias?.mul(half.alpha), half);
  const y = gemm(scaledGelu(z), second.weight, second.bias, half);
  return y.reshape([...x.shape.slice(0, -1), y.shape[1]]);
}
