import { concat, split } from "../../graph/operators/layout.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { Attention } from "../../nn/attention.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Linear } from "../../nn/linear.ts";
import { Mlp } from "../../nn/mlp.ts";
import { Module } from "../../nn/module.ts";
import { smallLinear } from "./small-linear.ts";

/**
 * How an out-block takes in the result s of its in-block beside x: a linear map of both side by side (the paper's
 * choice), x + s, x + Linear(s), Linear(x + s), or not at all. Source: u-vit section 3.7.
 */
export type SkipMode = "concat" | "add" | "addLinear" | "linearAdd" | "none";

export interface UVitBlockOptions {
  readonly mlpRatio: number;
  readonly qkvBias: boolean;
  /** Undefined in the in- and mid-blocks. */
  readonly skip?: SkipMode | undefined;
  /** The time changes scale and shift of both norms instead of being a token. */
  readonly adaptive: boolean;
}

/** Pre-norm block with a long skip: x + Attn(LN x), x + MLP(LN x). Names as in the official code. Source: section 3.3. */
export class UVitBlock extends Module {
  readonly norm1: LayerNorm;
  readonly attn: Attention;
  readonly norm2: LayerNorm;
  readonly mlp: Mlp;
  readonly skip_linear: Linear | undefined;
  /** Scale and shift of the two norms from the time, [D] → [4D]; ours, the released models have none. */
  readonly modulation: Linear | undefined;
  readonly #skip: SkipMode;

  constructor(dim: number, heads: number, { mlpRatio, qkvBias, skip = "none", adaptive }: UVitBlockOptions) {
    super();
    this.norm1 = new LayerNorm(dim);
    this.attn = new Attention(dim, heads, { qkvBias, qkv: smallLinear, proj: smallLinear });
    this.norm2 = new LayerNorm(dim);
    this.mlp = new Mlp(dim, Math.floor(dim * mlpRatio), { first: smallLinear, second: smallLinear });
    const mapped = skip === "concat" ? 2 * dim : dim;
    this.skip_linear = skip === "none" || skip === "add" ? undefined : new Linear(mapped, dim, smallLinear);
    this.modulation = adaptive ? new Linear(dim, 4 * dim, smallLinear) : undefined;
    this.#skip = skip;
  }

  /**
   * [B, N, D] → [B, N, D]
   *
   * @param skip result of the in-block of the same height, [B, N, D]
   * @param time [B, D], for adaptive norms
   */
  forward(x: Tensor, { skip, time }: { readonly skip?: Tensor | undefined; readonly time?: Tensor } = {}): Tensor {
    if (skip !== undefined) x = this.joined(x, skip);
    const [first, second] = this.modulations(time);
    x = x.add(this.attn.forward(modulated(this.norm1.forward(x), first)));
    return x.add(this.mlp.forward(modulated(this.norm2.forward(x), second)));
  }

  private joined(x: Tensor, skip: Tensor): Tensor {
    const linear = (y: Tensor): Tensor => this.skip_linear?.forward(y) ?? y;
    switch (this.#skip) {
      case "concat":
        return linear(concat([x, skip], 2));
      case "add":
        return x.add(skip);
      case "addLinear":
        return x.add(linear(skip));
      case "linearAdd":
        return linear(x.add(skip));
      case "none":
        return x;
    }
  }

  private modulations(time: Tensor | undefined): [Modulation | undefined, Modulation | undefined] {
    if (this.modulation === undefined || time === undefined) return [undefined, undefined];
    const all = this.modulation.forward(time); // [B, 4D]
    const [batch, width] = all.shape;
    const [scale1, shift1, scale2, shift2] = split(all.reshape([batch, 1, width]), Array<number>(4).fill(width / 4), 2);
    return [
      { scale: scale1, shift: shift1 },
      { scale: scale2, shift: shift2 },
    ];
  }
}

/** [B, 1, D] each. */
interface Modulation {
  readonly scale: Tensor;
  readonly shift: Tensor;
}

/** (1 + scale) ⊙ LN(x) + shift */
const modulated = (x: Tensor, by: Modulation | undefined): Tensor =>
  by === undefined ? x : x.mul(by.scale.add(1)).add(by.shift);
