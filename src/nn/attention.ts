import { FoveaError } from "../errors/fovea-error.ts";
import { scaledDotProductAttention } from "../graph/functions/attention.ts";
import { linear } from "../graph/functions/linear.ts";
import { concat, split } from "../graph/operators/layout.ts";
import { filled, show, type Tensor } from "../graph/tensor.ts";
import { zeros } from "./initialisers.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Bias of the qkv projection: all three, none, or `q_bias` and `v_bias` with a key bias of zero (BEiT, SimMIM). */
export type QkvBias = boolean | "queryAndValue";

export interface AttentionOptions {
  readonly qkvBias?: QkvBias;
  /** Factor on q·k; default (D/heads)^−½. */
  readonly scale?: number;
  readonly qkv?: Omit<LinearOptions, "bias">;
  readonly proj?: LinearOptions;
}

/**
 * Multi-head self-attention, softmax(scale·q·kᵀ + bias)·v, then a projection. Names and layout as in timm:
 * qkv.weight [3·D, D] holds the rows of q, k and v of all heads one after the other.
 */
export class Attention extends Module {
  readonly qkv: Linear;
  readonly q_bias: Parameter | undefined;
  readonly v_bias: Parameter | undefined;
  readonly proj: Linear;
  readonly heads: number;
  readonly scale: number;

  /** @throws FoveaError when `dim` is no multiple of `heads` */
  constructor(dim: number, heads: number, { qkvBias = true, scale, qkv = {}, proj = {} }: AttentionOptions = {}) {
    super();
    if (!(heads > 0) || dim % heads !== 0)
      throw new FoveaError("nn/heads", `Attention: width ${dim} is not divisible by ${heads} heads`);
    this.qkv = new Linear(dim, 3 * dim, { ...qkv, bias: qkvBias === true });
    this.q_bias = qkvBias === "queryAndValue" ? new Parameter([dim], zeros) : undefined;
    this.v_bias = qkvBias === "queryAndValue" ? new Parameter([dim], zeros) : undefined;
    this.proj = new Linear(dim, dim, proj);
    this.heads = heads;
    this.scale = scale ?? (dim / heads) ** -0.5;
  }

  /**
   * [B, N, D] → [B, N, D]
   * @param bias added to the scaled scores; broadcasts to [B, heads, N, N] (relative positions, masks)
   */
  forward(x: Tensor, bias?: Tensor): Tensor {
    const [batch, tokens, dim] = x.shape;
    if (x.rank !== 3 || dim !== this.heads * this.headDim)
      throw new FoveaError("shape/attention", `Attention: x ${show(x)} is not [B, N, ${this.heads * this.headDim}]`);
    const qkv = linear(x, this.qkv.weight, this.qkvBias())
      .reshape([batch, tokens, 3, this.heads, this.headDim])
      .permute([2, 0, 3, 1, 4]); // [3, B, heads, N, D/heads], the one copy on the way in
    const [q, k, v] = split(qkv, [1, 1, 1], 0).map((part) =>
      part.reshape([batch, this.heads, tokens, this.headDim]),
    ) as [Tensor, Tensor, Tensor];
    const mixed = scaledDotProductAttention(q, k, v, { bias, scale: this.scale }); // [B, heads, N, D/heads]
    return this.proj.forward(mixed.permute([0, 2, 1, 3]).reshape([batch, tokens, dim]));
  }

  private get headDim(): number {
    return this.proj.weight.shape[0] / this.heads;
  }

  private qkvBias(): Tensor | undefined {
    if (this.q_bias === undefined || this.v_bias === undefined) return this.qkv.bias;
    return concat([this.q_bias, filled(this.q_bias.shape, 0), this.v_bias], 0);
  }
}
