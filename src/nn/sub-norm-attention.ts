import { linear } from "../graph/functions/linear.ts";
import type { Tensor } from "../graph/tensor.ts";
import { attend, headDimOf, type AttentionContext, type AttentionOptions, type SelfAttention } from "./attention.ts";
import { zeros } from "./initialisers.ts";
import { LayerNorm } from "./layer-norm.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface SubNormAttentionOptions extends Pick<AttentionOptions, "headDim" | "qkv" | "proj"> {
  /** Whether q and v have a bias; k never has one. Default true. */
  readonly bias?: boolean;
  /** Of the norm. Default 1e-6. */
  readonly eps?: number;
}

/**
 * Self-attention with a LayerNorm of all heads' outputs before the projection, and a matrix each for q, k and v
 * (EVA-02, eva section 3.5; "sub-LN" of arXiv 2210.06423). Names as in the official code.
 */
export class SubNormAttention extends Module implements SelfAttention {
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly q_bias: Parameter | undefined;
  readonly v_bias: Parameter | undefined;
  readonly inner_attn_ln: LayerNorm;
  readonly proj: Linear;
  readonly heads: number;

  /** @throws FoveaError when `dim` is no multiple of `heads` and no `headDim` is given */
  constructor(dim: number, heads: number, options: SubNormAttentionOptions = {}) {
    super();
    const { bias = true, eps = 1e-6, qkv = {}, proj = {} } = options;
    const width = heads * headDimOf(dim, heads, options.headDim);
    const projection = (): Linear => new Linear(dim, width, { ...qkv, bias: false });
    this.q_proj = projection();
    this.k_proj = projection();
    this.v_proj = projection();
    this.q_bias = bias ? new Parameter([width], zeros) : undefined;
    this.v_bias = bias ? new Parameter([width], zeros) : undefined;
    this.inner_attn_ln = new LayerNorm(width, { eps });
    this.proj = new Linear(width, dim, proj);
    this.heads = heads;
  }

  /** [B, N, D] → [B, N, D] */
  forward(x: Tensor, context: AttentionContext = {}): Tensor {
    const [batch, tokens] = x.shape;
    const headDim = this.proj.weight.shape[1] / this.heads;
    const heads = (weight: Tensor, bias?: Tensor): Tensor =>
      linear(x, weight, bias).reshape([batch, tokens, this.heads, headDim]).permute([0, 2, 1, 3]);
    const q = heads(this.q_proj.weight, this.q_bias);
    const k = heads(this.k_proj.weight);
    const v = heads(this.v_proj.weight, this.v_bias);
    return this.proj.forward(this.inner_attn_ln.forward(attend([q, k, v], headDim ** -0.5, context)));
  }
}
