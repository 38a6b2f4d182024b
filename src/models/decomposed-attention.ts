import { FoveaError } from "../errors/fovea-error.ts";
import { hostTensor } from "../graph/dtype.ts";
import { interpolate } from "../graph/functions/interpolate.ts";
import { linear } from "../graph/functions/linear.ts";
import { constant } from "../graph/leaf.ts";
import { indexSelect } from "../graph/operators/gather.ts";
import { concat } from "../graph/operators/layout.ts";
import { show, type Tensor } from "../graph/tensor.ts";
import { attend, Attention, type AttentionContext, type AttentionOptions, heads3 } from "../nn/attention.ts";
import { zeros, type Initialiser } from "../nn/initialisers.ts";
import { Parameter } from "../nn/parameter.ts";
import type { Grid } from "./swin/windows.ts";

export interface DecomposedAttentionOptions extends AttentionOptions {
  /** First values of both tables; `false`: no tables, plain attention. Default 0. */
  readonly tables?: Initialiser | false;
}

export interface DecomposedContext extends AttentionContext {
  /** Rows and columns of the map; default those that the tables are for. */
  readonly grid?: Grid;
  /** Rows of queries that are attended for at once; bounds the memory of scores. Default all. */
  readonly rowsAtOnce?: number | undefined;
}

/**
 * Self-attention of a map of tokens whose scores know rows and columns apart: for query (i, j) and key (i', j')
 * scale·q·k + q·Rh[i − i' + h − 1] + q·Rw[j − j' + w − 1], q unscaled. The tables `rel_pos_h` [2h − 1, d] and
 * `rel_pos_w` [2w − 1, d] are shared by the heads; for a map of another size they are resampled linearly. qkv and proj
 * as in timm. Source: MViTv2 (arXiv 2112.01526), ViTDet (arXiv 2203.16527), painter section 3.7.
 */
export class DecomposedAttention extends Attention {
  readonly rel_pos_h: Parameter | undefined;
  readonly rel_pos_w: Parameter | undefined;
  readonly #grid: Grid;

  /** @param grid rows and columns that the tables are for */
  constructor(dim: number, heads: number, grid: Grid, { tables = zeros, ...options }: DecomposedAttentionOptions = {}) {
    super(dim, heads, options);
    const headDim = this.proj.weight.shape[1] / heads;
    const table = (size: number): Parameter | undefined =>
      tables === false ? undefined : new Parameter([2 * size - 1, headDim], tables);
    this.rel_pos_h = table(grid[0]);
    this.rel_pos_w = table(grid[1]);
    this.#grid = grid;
  }

  /** [B, h·w, D], row by row → the same shape */
  override forward(x: Tensor, { grid = this.#grid, rowsAtOnce, ...context }: DecomposedContext = {}): Tensor {
    const [width, dim] = [this.proj.weight.shape[1], this.proj.weight.shape[0]];
    const [rows, columns] = grid;
    if (x.rank !== 3 || x.shape[1] !== rows * columns || x.shape[2] !== dim)
      throw new FoveaError(
        "shape/attention",
        `DecomposedAttention: x ${show(x)} is not [B, ${rows}·${columns}, ${dim}]`,
      );
    const qkv = heads3(linear(x, this.qkv.weight, this.projectionBias()), this.heads, width);
    const parts = rowParts(rows, rowsAtOnce).map(([first, end]) => this.attendRows(qkv, grid, first, end, context));
    return this.proj.forward(parts.length === 1 ? parts[0] : concat(parts, 1));
  }

  /** What the queries of rows `first` to before `end` gather: [B, (end − first)·w, D] */
  private attendRows(
    [q, k, v]: ReturnType<typeof heads3>,
    grid: Grid,
    first: number,
    end: number,
    context: AttentionContext,
  ): Tensor {
    const [from, to] = [first * grid[1], end * grid[1]];
    const queries = from === 0 && to === q.shape[2] ? q : q.slice(2, from, to);
    const given = context.bias === undefined ? undefined : ofQueries(context.bias, q.shape[2], from, to);
    const own = this.distances(queries, grid, first);
    const bias = own === undefined || given === undefined ? (own ?? given) : own.add(given);
    return attend([queries, k, v], this.scale, { ...context, bias });
  }

  /** What the tables add to the scores of q [B, heads, n·w, d], whose first row is `first`: [B, heads, n·w, h·w] */
  private distances(q: Tensor, [rows, columns]: Grid, first: number): Tensor | undefined {
    if (this.rel_pos_h === undefined || this.rel_pos_w === undefined) return undefined;
    const [batch, heads, tokens, headDim] = q.shape;
    const some = tokens / columns;
    const map = q.reshape([batch * heads, some, columns, headDim]);
    const down = map.matmul(pairs(this.rel_pos_h, rows, first, some)); // [B·heads, n, w, h]
    const right = map.permute([0, 2, 1, 3]).matmul(pairs(this.rel_pos_w, columns, 0, columns)); // [B·heads, w, n, w']
    return down
      .reshape([batch * heads, tokens, rows, 1])
      .add(right.permute([0, 2, 1, 3]).reshape([batch * heads, tokens, 1, columns]))
      .reshape([batch, heads, tokens, rows * columns]);
  }
}

/** The part of a bias that belongs to some queries; one that is the same for all is kept. */
function ofQueries(bias: Tensor, tokens: number, from: number, to: number): Tensor {
  const axis = bias.rank - 2;
  return bias.shape[axis] === tokens && (from > 0 || to < tokens) ? bias.slice(axis, from, to) : bias;
}

/** Rows of the table [L, d] for `some` places from `first` on and all `size` of an axis: [some, d, size] */
function pairs(table: Tensor, size: number, first: number, some: number): Tensor {
  const headDim = table.shape[1];
  const fitted = resampled(table, 2 * size - 1);
  const index = Array.from({ length: some * size }, (_, at) => first + Math.floor(at / size) - (at % size) + size - 1);
  const rows = indexSelect(fitted, constant(hostTensor("int64", [index.length], BigInt64Array.from(index, BigInt))));
  return rows.reshape([some, size, headDim]).transpose();
}

/** [L, d] → [length, d], linearly between half-pixel centres */
function resampled(table: Tensor, length: number): Tensor {
  const [before, headDim] = table.shape;
  if (before === length) return table;
  return interpolate(table.transpose().reshape([1, headDim, before]), [length])
    .reshape([headDim, length])
    .transpose();
}

function rowParts(rows: number, atOnce = rows): [number, number][] {
  if (!(Number.isInteger(atOnce) && atOnce > 0))
    throw new FoveaError("nn/chunk", `rowsAtOnce is ${atOnce}; it must be a whole number from 1`, { exitCode: 2 });
  return Array.from({ length: Math.ceil(rows / atOnce) }, (_, i) => [i * atOnce, Math.min(rows, (i + 1) * atOnce)]);
}
