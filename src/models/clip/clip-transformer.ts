import { linear } from "../../graph/functions/linear.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { attend, headDimOf, heads3, type AttentionContext } from "../../nn/attention.ts";
import { constantValue, normal, zeros } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Linear } from "../../nn/linear.ts";
import { geluBetween } from "../../nn/mlp.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";

export interface ClipTransformerOptions {
  /** W */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Hidden width of an MLP over W. Default 4. */
  readonly mlpRatio?: number;
  /** `quickGelu`, x·σ(1.702x), in OpenAI's weights; `gelu`, exact, in EVA-CLIP's. */
  readonly activation: "gelu" | "quickGelu";
  /** First value of the factors on the branches; undefined: none. */
  readonly layerScale?: number | undefined;
}

/**
 * The transformer of CLIP's towers (arXiv 2103.00020), pre-norm, LN eps 1e-5, with OpenAI's names: `resblocks`.
 * Matrices start as there (eva section 3.5): N(0, 1/W) for q, k and v, N(0, 1/(2W)) into the MLP, N(0, 1/(2·layers·W))
 * at the ends of the branches.
 */
export class ClipTransformer extends Module {
  readonly resblocks: readonly ClipBlock[];

  constructor(options: ClipTransformerOptions) {
    super();
    this.resblocks = Array.from({ length: options.layers }, () => new ClipBlock(options));
  }

  /** [B, N, W] → [B, N, W] */
  forward(x: Tensor, context?: AttentionContext): Tensor {
    return this.resblocks.reduce((tokens, block) => block.forward(tokens, context), x);
  }
}

class ClipBlock extends Module {
  readonly ln_1: LayerNorm;
  readonly attn: PackedAttention;
  readonly ls_1: ChannelScale | undefined;
  readonly ln_2: LayerNorm;
  readonly mlp: ClipMlp;
  readonly ls_2: ChannelScale | undefined;

  constructor(options: ClipTransformerOptions) {
    super();
    const { width, layerScale } = options;
    const scale = (): ChannelScale | undefined =>
      layerScale === undefined ? undefined : new ChannelScale(width, layerScale);
    this.ln_1 = new LayerNorm(width);
    this.attn = new PackedAttention(options);
    this.ls_1 = scale();
    this.ln_2 = new LayerNorm(width);
    this.mlp = new ClipMlp(options);
    this.ls_2 = scale();
  }

  /** [B, N, W] → [B, N, W] */
  forward(x: Tensor, context?: AttentionContext): Tensor {
    const attended = this.attn.forward(this.ln_1.forward(x), context);
    x = x.add(this.ls_1?.forward(attended) ?? attended);
    const fed = this.mlp.forward(this.ln_2.forward(x));
    return x.add(this.ls_2?.forward(fed) ?? fed);
  }
}

/** A learned factor for each channel, `gamma`. */
class ChannelScale extends Module {
  readonly gamma: Parameter;

  constructor(width: number, start: number) {
    super();
    this.gamma = new Parameter([width], constantValue(start));
  }

  /** [..., W] → the same shape */
  forward(x: Tensor): Tensor {
    return x.mul(this.gamma);
  }
}

/** PyTorch's MultiheadAttention on one sequence: q, k and v in `in_proj_weight` [3W, W]. */
class PackedAttention extends Module {
  readonly in_proj_weight: Parameter;
  readonly in_proj_bias: Parameter;
  readonly out_proj: Linear;
  readonly heads: number;

  constructor({ width, heads, layers }: ClipTransformerOptions) {
    super();
    headDimOf(width, heads);
    this.in_proj_weight = new Parameter([3 * width, width], normal(0, width ** -0.5));
    this.in_proj_bias = new Parameter([3 * width], zeros);
    this.out_proj = new Linear(width, width, { weightInit: normal(0, endDeviation(width, layers)), biasInit: zeros });
    this.heads = heads;
  }

  /** [B, N, W] → [B, N, W] */
  forward(x: Tensor, context?: AttentionContext): Tensor {
    const width = this.in_proj_weight.shape[1];
    const qkv = heads3(linear(x, this.in_proj_weight, this.in_proj_bias), this.heads, width);
    return this.out_proj.forward(attend(qkv, (width / this.heads) ** -0.5, context));
  }
}

class ClipMlp extends Module {
  readonly c_fc: Linear;
  readonly c_proj: Linear;
  readonly activation: ClipTransformerOptions["activation"];

  constructor({ width, layers, mlpRatio = 4, activation }: ClipTransformerOptions) {
    super();
    const hidden = Math.floor(width * mlpRatio);
    this.c_fc = new Linear(width, hidden, { weightInit: normal(0, (2 * width) ** -0.5) });
    this.c_proj = new Linear(hidden, width, { weightInit: normal(0, endDeviation(width, layers)) });
    this.activation = activation;
  }

  /** [..., W] → [..., W] */
  forward(x: Tensor): Tensor {
    if (this.activation === "gelu") return geluBetween(this.c_fc, this.c_proj, x);
    const hidden = this.c_fc.forward(x);
    return this.c_proj.forward(hidden.mul(hidden.mul(1.702).sigmoid()));
  }
}

const endDeviation = (width: number, layers: number): number => width ** -0.5 * (2 * layers) ** -0.5;
