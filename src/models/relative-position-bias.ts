import { hostTensor, type HostTensor } from "../graph/dtype.ts";
import { constant } from "../graph/leaf.ts";
import { indexSelect } from "../graph/operators/gather.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Attention, type AttentionContext, type AttentionOptions } from "../nn/attention.ts";
import { zeros, type Initialiser } from "../nn/initialisers.ts";
import { Module } from "../nn/module.ts";
import { Parameter } from "../nn/parameter.ts";

export interface RelativeTableOptions {
  /** First values of the table. Default 0. */
  readonly table?: Initialiser;
  /** Whether a class token stands before the patches. Default true. */
  readonly classToken?: boolean;
}

/**
 * A learned bias of attention for each pair of places, by their distance: one table [(2P−1)² + 3, H] for P × P patches
 * and a class token in front; its last three rows are class to patch, patch to class and class to class, query first.
 * Without a class token those three are missing.
 * Source: BEiT (arXiv 2106.08254), SimMIM's ViT (data-scaling section 3.7), feature-distillation section 3.1.
 */
export class RelativePositionBias extends Module {
  readonly relative_position_bias_table: Parameter;

  /** @param patches P, along a side */
  constructor(patches: number, heads: number, { table = zeros, classToken = true }: RelativeTableOptions = {}) {
    super();
    this.relative_position_bias_table = new Parameter([relativePositionRows(patches, classToken), heads], table);
  }

  /** What is added to the scores: [1, H, N, N], N = P² + 1 with a class token. */
  forward(): Tensor {
    return relativePositionBias(this.relative_position_bias_table);
  }
}

export interface BiasedAttentionOptions extends AttentionOptions, RelativeTableOptions {}

/** Attention with a table of relative biases of its own (BEiT's fine-tuning): `relative_position_bias_table`. */
export class BiasedAttention extends Attention {
  readonly relative_position_bias_table: Parameter;

  /** @param patches P, along a side; a class token stands before them unless `classToken` says otherwise */
  constructor(dim: number, heads: number, patches: number, options: BiasedAttentionOptions = {}) {
    super(dim, heads, options);
    const { table = zeros, classToken = true } = options;
    this.relative_position_bias_table = new Parameter([relativePositionRows(patches, classToken), heads], table);
  }

  /** [B, N, D] → the same shape; the context's bias is added to its own. */
  override forward(x: Tensor, context: AttentionContext = {}): Tensor {
    const own = relativePositionBias(this.relative_position_bias_table);
    return super.forward(x, { ...context, bias: context.bias === undefined ? own : own.add(context.bias) });
  }
}

/** Where the heads of `localTable` look, (rows, columns) from the query; a ninth starts over. */
const neighbours = [
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [1, 1],
  [-1, -1],
  [1, -1],
  [-1, 1],
] as const;

/**
 * First values that make each head look at one neighbour of its patch, so that attention starts as a convolution of
 * 3 × 3 patches: −1.5·((Δy − y)² + (Δx − x)²) for the head of offset (y, x), −6 from patches to the class token. Ours:
 * from a table of zeros nothing knows where it is, and a short run ends before the table has grown.
 */
export const localTable: Initialiser = (data, [rows, heads]) => {
  const side = Math.sqrt(rows - 3); // 2P − 1
  const centre = (side - 1) / 2;
  data.fill(0);
  for (let head = 0; head < heads; head++) {
    const [y, x] = neighbours[head % neighbours.length];
    for (let row = 0; row < rows - 3; row++) {
      const [down, right] = [Math.floor(row / side) - centre, (row % side) - centre];
      data[row * heads + head] = -1.5 * ((down - y) ** 2 + (right - x) ** 2);
    }
    data[(rows - 2) * heads + head] = -6;
  }
};

/** Rows of the table for P patches along a side. */
export const relativePositionRows = (patches: number, classToken = true): number =>
  (2 * patches - 1) ** 2 + (classToken ? 3 : 0);

/** The bias of a table [(2P−1)² + 3, H], or of an odd square of rows, which has no class token: [1, H, N, N]. */
export function relativePositionBias(table: Tensor): Tensor {
  const [rows, heads] = table.shape;
  const classToken = Math.sqrt(rows) % 2 !== 1;
  const patches = (Math.sqrt(classToken ? rows - 3 : rows) + 1) / 2;
  const tokens = patches ** 2 + (classToken ? 1 : 0);
  const pairs = indexSelect(table, constant(relativePositionIndex(patches, classToken))); // [N·N, H]
  return pairs.permute([1, 0]).reshape([1, heads, tokens, tokens]);
}

/** Row of the table for each (query, key), [N·N]: (Δy + P − 1)·(2P − 1) + Δx + P − 1 among patches. */
export function relativePositionIndex(patches: number, classToken = true): HostTensor<"int64"> {
  const before = classToken ? 1 : 0;
  const tokens = patches ** 2 + before;
  const index = new BigInt64Array(tokens * tokens);
  for (let query = 0; query < tokens; query++)
    for (let key = 0; key < tokens; key++)
      index[query * tokens + key] = BigInt(rowOf(query - before, key - before, patches));
  return hostTensor("int64", [tokens * tokens], index);
}

/** −1 is the class token. */
function rowOf(query: number, key: number, patches: number): number {
  const rows = relativePositionRows(patches);
  if (query < 0) return key < 0 ? rows - 1 : rows - 3;
  if (key < 0) return rows - 2;
  const down = Math.floor(query / patches) - Math.floor(key / patches);
  const right = (query % patches) - (key % patches);
  return (down + patches - 1) * (2 * patches - 1) + right + patches - 1;
}
