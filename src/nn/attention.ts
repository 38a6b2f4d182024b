import { FoveaError } from "../errors/fovea-error.ts";
import { scaledDotProductAttention } from "../graph/functions/attention.ts";
import { linear } from "../graph/functions/linear.ts";
import { concat, split } from "../graph/operators/layout.ts";
import { filled, show, type Tensor } from "../graph/tensor.ts";
import { zeros } from "./initialisers.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/**
 * Bias of the qkv projection: all three in one vector, none, `q_bias` and `v_bias` with a key bias of zero (BEiT,
 * SimMIM, EVA), or `q_bias`, `k_bias` and `v_bias` apart (an option of Feature Distillation).
 */
export type QkvBias = boolean | "queryAndValue" | "apart";

export interface AttentionOptions {
  readonly qkvBias?: QkvBias;
  /** d, channels of a head. Default D/heads; the heads together then have other than D channels. */
  readonly headDim?: number | undefined;
  /** Factor on q·k; default d^−½. */
  readonly scale?: number;
  readonly qkv?: Omit<LinearOptions, "bias">;
  readonly proj?: LinearOptions;
}

/** What tokens know of each other beside their contents. */
export interface AttentionContext {
  /** Added to the scaled scores; broadcasts to [B, heads, N, N] (relative positions, masks). */
  readonly bias?: Tensor | undefined;
  /** Applied to q and k, [B, heads, N, d] → the same shape (rotary positions). */
  readonly rotate?: ((x: Tensor) => Tensor) | undefined;
}

/** Anything that a `Block` may use as its attention: [B, N, D] → [B, N, D]. */
export interface SelfAttention extends Module {
  forward(x: Tensor, context?: AttentionContext): Tensor;
}

/**
 * Multi-head self-attention, softmax(scale·q·kᵀ + bias)·v, then a projection. Names and layout as in timm:
 * qkv.weight [3·heads·d, D] holds the rows of q, k and v of all heads one after the other.
 */
export class Attention extends Module implements SelfAttention {
  readonly qkv: Linear;
  readonly q_bias: Parameter | undefined;
  readonly k_bias: Parameter | undefined;
  readonly v_bias: Parameter | undefined;
  readonly proj: Linear;
  readonly heads: number;
  readonly scale: number;

  /** @throws FoveaError when `dim` is no multiple of `heads` and no `headDim` is given */
  constructor(dim: number, heads: number, options: AttentionOptions = {}) {
    super();
    const { qkvBias = true, qkv = {}, proj = {} } = options;
    const headDim = headDimOf(dim, heads, options.headDim);
    const width = heads * headDim;
    const apart = (present: boolean): Parameter | undefined => (present ? new Parameter([width], zeros) : undefined);
    this.qkv = new Linear(dim, 3 * width, { ...qkv, bias: qkvBias === true });
    this.q_bias = apart(typeof qkvBias === "string");
    this.k_bias = apart(qkvBias === "apart");
    this.v_bias = apart(typeof qkvBias === "string");
    this.proj = new Linear(width, dim, proj);
    this.heads = heads;
    this.scale = options.scale ?? headDim ** -0.5;
  }

  /** [B, N, D] → [B, N, D] */
  forward(x: Tensor, context: AttentionContext = {}): Tensor {
    const [width, dim] = [this.proj.weight.shape[1], this.proj.weight.shape[0]];
    if (x.rank !== 3 || x.shape[2] !== dim)
      throw new FoveaError("shape/attention", `Attention: x ${show(x)} is not [B, N, ${dim}]`);
    const qkv = heads3(linear(x, this.qkv.weight, this.projectionBias()), this.heads, width);
    return this.proj.forward(attend(qkv, this.scale, context));
  }

  /** The bias of q, k and v in one vector. */
  protected projectionBias(): Tensor | undefined {
    if (this.q_bias === undefined || this.v_bias === undefined) return this.qkv.bias;
    return concat([this.q_bias, this.k_bias ?? filled(this.q_bias.shape, 0), this.v_bias], 0);
  }
}

/** d of `heads` heads; D/heads where none is given. */
export function headDimOf(dim: number, heads: number, given?: number): number {
  const headDim = given ?? dim / heads;
  if (heads > 0 && headDim > 0 && Number.isInteger(headDim)) return headDim;
  throw new FoveaError("nn/heads", `Attention: width ${dim} is not divisible by ${heads} heads`);
}

/** Queries, keys and values [B, heads, N, d]. */
export type Heads = readonly [q: Tensor, k: Tensor, v: Tensor];

/** One projection [B, N, 3·width] as q, k and v [B, heads, N, width/heads]. */
export function heads3(projected: Tensor, heads: number, width: number): Heads {
  const [batch, tokens] = projected.shape;
  const qkv = projected.reshape([batch, tokens, 3, heads, width / heads]).permute([2, 0, 3, 1, 4]); // the one copy
  return split(qkv, [1, 1, 1], 0).map((part) => part.reshape([batch, heads, tokens, width / heads])) as [
    Tensor,
    Tensor,
    Tensor,
  ]; // split gives as many parts as sizes
}

/** softmax(scale·q·kᵀ + bias)·v with the heads side by side again: [B, heads, N, d] → [B, N, heads·d]. */
export function attend([q, k, v]: Heads, scale: number, { bias, rotate = (x) => x }: AttentionContext = {}): Tensor {
  const [batch, heads, tokens, headDim] = q.shape;
  const mixed = scaledDotProductAttention(rotate(q), rotate(k), v, { bias, scale });
  return mixed.permute([0, 2, 1, 3]).reshape([batch, tokens, heads * headDim]);
}
