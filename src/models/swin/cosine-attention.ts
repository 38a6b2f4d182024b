import { l2Normalize } from "../../graph/functions/direction.ts";
import { clamp } from "../../graph/operators/extremes.ts";
import { concat } from "../../graph/operators/layout.ts";
import { fusedMatMul } from "../../graph/operators/matmul.ts";
import { filled, type Tensor } from "../../graph/tensor.ts";
import { constantValue, scaled, truncatedNormal, zeros } from "../../nn/initialisers.ts";
import { Parameter } from "../../nn/parameter.ts";
import { BiasMlp } from "./bias-mlp.ts";
import { WindowAttention } from "./window-attention.ts";
import type { Grid } from "./windows.ts";

export interface CosineAttentionOptions {
  /** P, the window by which offsets are measured. */
  readonly reference: number;
  readonly qkvBias?: boolean;
  /** Whether the attention has no bias of its own, because the stage's blocks share one. */
  readonly shared?: boolean;
  /** Hidden units of the bias MLP. */
  readonly biasHidden?: number | undefined;
  /** Least length that q and k are divided by. */
  readonly eps?: number | undefined;
  /** Factor on the projection's first weight. */
  readonly projScale?: number;
}

/**
 * Swin V2's attention: cosine of q and k times exp(min(logit_scale, ln 100)), a `BiasMlp` of distances, and biases for
 * q and v but none for k. Source: arXiv 2111.09883, swin-backbone section 3.6.
 */
export class CosineAttention extends WindowAttention {
  readonly logit_scale: Parameter;
  readonly q_bias: Parameter | undefined;
  readonly v_bias: Parameter | undefined;
  readonly cpb_mlp: BiasMlp | undefined;
  readonly reference: number;
  readonly eps: number;

  constructor(width: number, heads: number, options: CosineAttentionOptions) {
    const { reference, qkvBias = true, shared = false, biasHidden, eps = 1e-12, projScale = 1 } = options;
    const weightInit = truncatedNormal();
    super(width, heads, { weightInit, bias: false }, { weightInit: scaled(weightInit, projScale), biasInit: zeros });
    this.logit_scale = new Parameter([heads, 1, 1], constantValue(Math.log(10)));
    this.q_bias = qkvBias ? new Parameter([width], zeros) : undefined;
    this.v_bias = qkvBias ? new Parameter([width], zeros) : undefined;
    this.cpb_mlp = shared ? undefined : new BiasMlp(heads, biasHidden);
    this.reference = reference;
    this.eps = eps;
  }

  positionBias(window: Grid): Tensor {
    if (this.cpb_mlp !== undefined) return this.cpb_mlp.forward(window, this.reference);
    throw new Error("CosineAttention: the stage gives no shared bias"); // a bug of ours: stages make both
  }

  protected scores(q: Tensor, k: Tensor): Tensor {
    const temperature = clamp(this.logit_scale, { max: Math.log(100) }).exp(); // [heads, 1, 1]
    const unit = (x: Tensor): Tensor => l2Normalize(x, { eps: this.eps });
    return fusedMatMul(unit(q).mul(temperature), unit(k), { transB: 1 });
  }

  protected override projectionBias(): Tensor | undefined {
    if (this.q_bias === undefined || this.v_bias === undefined) return undefined;
    return concat([this.q_bias, filled(this.q_bias.shape, 0), this.v_bias], 0);
  }
}
