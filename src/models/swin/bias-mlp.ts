import { linear } from "../../graph/functions/linear.ts";
import { constant } from "../../graph/leaf.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { truncatedNormal, zeros } from "../../nn/initialisers.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { logOffsets } from "./relative-positions.ts";
import { biasOfPairs } from "./window-attention.ts";
import type { Grid } from "./windows.ts";

/**
 * Continuous position bias: 16·σ(MLP(offset)) with an MLP 2 → hidden → heads (ReLU, no last bias) on offsets of a
 * logarithmic scale, so that windows may change after pre-training. In (0, 16), 8 where the MLP gives 0. Its layers are
 * called 0 and 2, as in the official `cpb_mlp`. Source: arXiv 2111.09883, swin-backbone section 3.6.
 */
export class BiasMlp extends Module {
  readonly 0: Linear;
  readonly 2: Linear;

  constructor(heads: number, hidden = 512) {
    super();
    const first = { weightInit: truncatedNormal(), biasInit: zeros };
    this[0] = new Linear(2, hidden, first);
    this[2] = new Linear(hidden, heads, { ...first, bias: false });
  }

  /**
   * [1, heads, N, N] for the pairs of a window.
   * @param reference P, the window that offsets are measured by
   */
  forward(window: Grid, reference: number): Tensor {
    const offsets = constant(logOffsets(window, reference)); // [offsets, 2]
    const hidden = linear(offsets, this[0].weight, this[0].bias).relu();
    return biasOfPairs(linear(hidden, this[2].weight).sigmoid().mul(16), window);
  }
}

/** A `BiasMlp` that the blocks of a stage share: an option of Feature Distillation's code (`rel_pos_bias`). */
export class SharedBias extends Module {
  readonly cpb_mlp: BiasMlp;

  constructor(heads: number, hidden?: number) {
    super();
    this.cpb_mlp = new BiasMlp(heads, hidden);
  }

  /** [1, heads, N, N] */
  forward(window: Grid, reference: number): Tensor {
    return this.cpb_mlp.forward(window, reference);
  }
}
