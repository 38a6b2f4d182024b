import { FoveaError } from "../../errors/fovea-error.ts";
import { fusedMatMul } from "../../graph/operators/matmul.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { truncatedNormal, zeros } from "../../nn/initialisers.ts";
import { Parameter } from "../../nn/parameter.ts";
import { biasOfPairs, WindowAttention } from "./window-attention.ts";
import type { Grid } from "./windows.ts";

export interface TableAttentionOptions {
  /** M, tokens along a side of the window. */
  readonly window: number;
  readonly qkvBias?: boolean;
  /** Factor on q·k; default (C/heads)^−½. */
  readonly scale?: number | undefined;
}

/**
 * Swin V1's attention: scores q·kᵀ/√d, and a learned table [(2M−1)², heads] of biases by distance. Source: arXiv
 * 2103.14030, swin-backbone section 3.5.
 */
export class TableAttention extends WindowAttention {
  readonly relative_position_bias_table: Parameter;
  readonly scale: number;
  readonly window: number;

  constructor(width: number, heads: number, { window, qkvBias = true, scale }: TableAttentionOptions) {
    const first = { weightInit: truncatedNormal(), biasInit: zeros };
    super(width, heads, { ...first, bias: qkvBias }, first);
    this.relative_position_bias_table = new Parameter([(2 * window - 1) ** 2, heads], truncatedNormal());
    this.scale = scale ?? (width / heads) ** -0.5;
    this.window = window;
  }

  positionBias(window: Grid): Tensor {
    if (window[0] !== this.window || window[1] !== this.window)
      throw new FoveaError(
        "models/window",
        `TableAttention: the table is for ${this.window} × ${this.window} tokens, the window has ${window.join(" × ")}`,
      );
    return biasOfPairs(this.relative_position_bias_table, window);
  }

  protected scores(q: Tensor, k: Tensor): Tensor {
    return fusedMatMul(q, k, { alpha: this.scale, transB: 1 });
  }
}
