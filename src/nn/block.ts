import type { Tensor } from "../graph/tensor.ts";
import { Attention, type AttentionContext, type AttentionOptions, type SelfAttention } from "./attention.ts";
import { DropPath } from "./drop-path.ts";
import { constantValue } from "./initialisers.ts";
import { LayerNorm } from "./layer-norm.ts";
import { Mlp, type MlpOptions } from "./mlp.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Anything that a `Block` may use behind its attention: [B, N, D] → [B, N, D]. */
export interface FeedForward extends Module {
  forward(x: Tensor): Tensor;
}

/** Where a branch is normalised: its input (pre-norm), or its result before it is added (residual post-norm). */
export type NormPlacement = "input" | "result";

export interface BlockOptions {
  /** Hidden width of the MLP over `dim`; rounded down, as in the official codes. */
  readonly mlpRatio?: number;
  readonly dropPath?: number;
  readonly eps?: number;
  readonly normPlacement?: NormPlacement;
  /** First value of `gamma_1`, `gamma_2` [dim], factors on the two branches; undefined: none. */
  readonly layerScale?: number | undefined;
  /** Replaces the plain attention, for one with a bias of its own. */
  readonly attn?: SelfAttention;
  readonly attention?: AttentionOptions;
  /** Replaces the plain MLP. */
  readonly feedForward?: FeedForward | undefined;
  readonly mlp?: MlpOptions;
}

/**
 * Transformer block: attention, then MLP, each normalised, on a residual path with drop path:
 * x + dropPath(γ ⊙ f(LN x)), or with norms on the results x + dropPath(γ ⊙ LN f(x)).
 * Source: ViT (arXiv 2010.11929) §3.1. Attributes are named as in timm (gamma_1, gamma_2 as in BEiT), so checkpoints
 * load.
 */
export class Block extends Module {
  readonly norm1: LayerNorm;
  readonly attn: SelfAttention;
  readonly dropPath1: DropPath;
  readonly gamma_1: Parameter | undefined;
  readonly norm2: LayerNorm;
  readonly mlp: FeedForward;
  readonly dropPath2: DropPath;
  readonly gamma_2: Parameter | undefined;
  readonly normPlacement: NormPlacement;

  constructor(dim: number, heads: number, options: BlockOptions = {}) {
    super();
    const { mlpRatio = 4, dropPath = 0, eps = 1e-6, normPlacement = "input", layerScale } = options;
    const gamma = (): Parameter | undefined =>
      layerScale === undefined ? undefined : new Parameter([dim], constantValue(layerScale));
    this.norm1 = new LayerNorm(dim, { eps });
    this.attn = options.attn ?? new Attention(dim, heads, options.attention);
    this.dropPath1 = new DropPath(dropPath);
    this.gamma_1 = gamma();
    this.norm2 = new LayerNorm(dim, { eps });
    this.mlp = options.feedForward ?? new Mlp(dim, Math.floor(dim * mlpRatio), options.mlp);
    this.dropPath2 = new DropPath(dropPath);
    this.gamma_2 = gamma();
    this.normPlacement = normPlacement;
  }

  /** [B, N, dim] → [B, N, dim] */
  forward(x: Tensor, context?: AttentionContext): Tensor {
    const attention = (y: Tensor): Tensor => this.attn.forward(y, context);
    const feedForward = (y: Tensor): Tensor => this.mlp.forward(y);
    x = x.add(this.dropPath1.forward(scaledBy(this.gamma_1, this.normalised(this.norm1, attention, x))));
    return x.add(this.dropPath2.forward(scaledBy(this.gamma_2, this.normalised(this.norm2, feedForward, x))));
  }

  private normalised(norm: LayerNorm, branch: (x: Tensor) => Tensor, x: Tensor): Tensor {
    return this.normPlacement === "input" ? branch(norm.forward(x)) : norm.forward(branch(x));
  }
}

const scaledBy = (gamma: Tensor | undefined, x: Tensor): Tensor => (gamma === undefined ? x : x.mul(gamma));
