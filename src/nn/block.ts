import type { Tensor } from "../graph/tensor.ts";
import { Attention, type AttentionOptions } from "./attention.ts";
import { DropPath } from "./drop-path.ts";
import { constantValue } from "./initialisers.ts";
import { LayerNorm } from "./layer-norm.ts";
import { Mlp, type MlpOptions } from "./mlp.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface BlockOptions {
  readonly mlpRatio?: number;
  readonly dropPath?: number;
  readonly eps?: number;
  /** First value of `gamma_1`, `gamma_2` [dim], factors on the two branches; undefined: none. */
  readonly layerScale?: number | undefined;
  /** Replaces the plain attention, for one with a bias of its own. */
  readonly attn?: Attention;
  readonly attention?: AttentionOptions;
  readonly mlp?: MlpOptions;
}

/**
 * Pre-norm transformer block: attention, then MLP, each on a residual path with drop path.
 * Source: ViT (arXiv 2010.11929) §3.1. Attributes are named as in timm (gamma_1, gamma_2 as in BEiT), so checkpoints
 * load.
 */
export class Block extends Module {
  readonly norm1: LayerNorm;
  readonly attn: Attention;
  readonly dropPath1: DropPath;
  readonly gamma_1: Parameter | undefined;
  readonly norm2: LayerNorm;
  readonly mlp: Mlp;
  readonly dropPath2: DropPath;
  readonly gamma_2: Parameter | undefined;

  constructor(dim: number, heads: number, options: BlockOptions = {}) {
    super();
    const { mlpRatio = 4, dropPath = 0, eps = 1e-6, layerScale } = options;
    const gamma = (): Parameter | undefined =>
      layerScale === undefined ? undefined : new Parameter([dim], constantValue(layerScale));
    this.norm1 = new LayerNorm(dim, { eps });
    this.attn = options.attn ?? new Attention(dim, heads, options.attention);
    this.dropPath1 = new DropPath(dropPath);
    this.gamma_1 = gamma();
    this.norm2 = new LayerNorm(dim, { eps });
    this.mlp = new Mlp(dim, Math.round(dim * mlpRatio), options.mlp);
    this.dropPath2 = new DropPath(dropPath);
    this.gamma_2 = gamma();
  }

  /**
   * [B, N, dim] → [B, N, dim]
   * @param bias added to the attention scores, see `Attention`
   */
  forward(x: Tensor, bias?: Tensor): Tensor {
    x = x.add(this.dropPath1.forward(scaledBy(this.gamma_1, this.attn.forward(this.norm1.forward(x), bias))));
    return x.add(this.dropPath2.forward(scaledBy(this.gamma_2, this.mlp.forward(this.norm2.forward(x)))));
  }
}

const scaledBy = (gamma: Tensor | undefined, x: Tensor): Tensor => (gamma === undefined ? x : x.mul(gamma));
