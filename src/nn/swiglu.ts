import { silu } from "../graph/functions/elementary.ts";
import type { Tensor } from "../graph/tensor.ts";
import { LayerNorm } from "./layer-norm.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { Module } from "./module.ts";

export interface SwiGluOptions {
  /** First values of w1 and w2; those of w3 are `second`, by default the same. */
  readonly first?: LinearOptions;
  readonly second?: LinearOptions;
  /** A LayerNorm `ffn_ln` of the hidden values (sub-LN). Default none. */
  readonly subNorm?: { readonly eps: number } | undefined;
}

/** w3(ffn_ln(silu(w1 x) ⊙ w2 x)): a gated feed-forward part (arXiv 2002.05202); names as in EVA-02. */
export class SwiGlu extends Module {
  readonly w1: Linear;
  readonly w2: Linear;
  readonly ffn_ln: LayerNorm | undefined;
  readonly w3: Linear;

  constructor(dim: number, hidden: number, { first = {}, second = first, subNorm }: SwiGluOptions = {}) {
    super();
    this.w1 = new Linear(dim, hidden, first);
    this.w2 = new Linear(dim, hidden, first);
    this.ffn_ln = subNorm === undefined ? undefined : new LayerNorm(hidden, subNorm);
    this.w3 = new Linear(hidden, dim, second);
  }

  /** [..., dim] → [..., dim] */
  forward(x: Tensor): Tensor {
    const hidden = silu(this.w1.forward(x)).mul(this.w2.forward(x));
    return this.w3.forward(this.ffn_ln?.forward(hidden) ?? hidden);
  }
}
