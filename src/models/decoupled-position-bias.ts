import { hostTensor, type HostTensor } from "../graph/dtype.ts";
import { constant } from "../graph/leaf.ts";
import { indexSelect } from "../graph/operators/gather.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Attention, type AttentionContext, type AttentionOptions } from "../nn/attention.ts";
import { zeros, type Initialiser } from "../nn/initialisers.ts";
import { Module } from "../nn/module.ts";
import { Parameter } from "../nn/parameter.ts";

/**
 * A learned bias of attention by row distance plus one by column distance: two tables [2P + 2, H] for P × P patches
 * behind a class token. Row of a pair of patches: key − query + P − 1 (the opposite sign of the full table); the last
 * three rows are class to patch, patch to class and class to class, query first. Source: eva section 3.1.
 */
export class DecoupledPositionBias extends Module {
  readonly relative_position_bias_for_high: Parameter;
  readonly relative_position_bias_for_width: Parameter;
  readonly patches: number;

  /** @param patches P, along a side */
  constructor(patches: number, heads: number, start: Initialiser = zeros) {
    super();
    this.relative_position_bias_for_high = new Parameter([2 * patches + 2, heads], start);
    this.relative_position_bias_for_width = new Parameter([2 * patches + 2, heads], start);
    this.patches = patches;
  }

  /** What is added to the scores: [1, H, P² + 1, P² + 1]. */
  forward(): Tensor {
    const [tokens, heads] = [this.patches ** 2 + 1, this.relative_position_bias_for_high.shape[1]];
    const pairs = (table: Tensor, axis: Axis): Tensor =>
      indexSelect(table, constant(decoupledPositionIndex(this.patches, axis))); // [N·N, H]
    return pairs(this.relative_position_bias_for_high, "row")
      .add(pairs(this.relative_position_bias_for_width, "column"))
      .permute([1, 0])
      .reshape([1, heads, tokens, tokens]);
  }
}

/** Attention with decoupled tables of its own: `rel_pos_bias`. */
export class DecoupledBiasAttention extends Attention {
  readonly rel_pos_bias: DecoupledPositionBias;

  /** @param patches P, along a side; a class token stands before them */
  constructor(dim: number, heads: number, patches: number, options: AttentionOptions = {}) {
    super(dim, heads, options);
    this.rel_pos_bias = new DecoupledPositionBias(patches, heads);
  }

  /** [B, P² + 1, D] → the same shape; the context's bias is added to its own. */
  override forward(x: Tensor, context: AttentionContext = {}): Tensor {
    const own = this.rel_pos_bias.forward();
    return super.forward(x, { ...context, bias: context.bias === undefined ? own : own.add(context.bias) });
  }
}

type Axis = "row" | "column";

/** Row of an axis' table for each (query, key), [N·N]. */
function decoupledPositionIndex(patches: number, axis: Axis): HostTensor<"int64"> {
  const tokens = patches ** 2 + 1;
  const place = (token: number): number => (axis === "row" ? Math.floor((token - 1) / patches) : (token - 1) % patches); // token 0 is the class token
  const row = (query: number, key: number): number => {
    if (query === 0) return key === 0 ? 2 * patches + 1 : 2 * patches - 1;
    return key === 0 ? 2 * patches : place(key) - place(query) + patches - 1;
  };
  const index = BigInt64Array.from({ length: tokens * tokens }, (_, i) =>
    BigInt(row(Math.floor(i / tokens), i % tokens)),
  );
  return hostTensor("int64", [tokens * tokens], index);
}
