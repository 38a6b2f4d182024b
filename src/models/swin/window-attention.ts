import { FoveaError } from "../../errors/fovea-error.ts";
import { linear } from "../../graph/functions/linear.ts";
import { constant } from "../../graph/leaf.ts";
import { indexSelect } from "../../graph/operators/gather.ts";
import { concat } from "../../graph/operators/layout.ts";
import { softmax } from "../../graph/operators/softmax.ts";
import { show, type Tensor } from "../../graph/tensor.ts";
import { heads3 } from "../../nn/attention.ts";
import { Linear, type LinearOptions } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { offsetIndex } from "./relative-positions.ts";
import type { Grid } from "./windows.ts";

export interface WindowContext {
  /** Tokens of a window; their product is N. */
  readonly window: Grid;
  /** Of shifted windows, [nW, 1, N, N]. */
  readonly mask?: Tensor | undefined;
  /** A bias [1, heads, N, N] that blocks share, in place of the attention's own. */
  readonly bias?: Tensor | undefined;
  /** Windows of an image that are attended to at once; bounds the memory of scores. Default all. */
  readonly atOnce?: number | undefined;
}

/**
 * Self-attention of the tokens of each window among themselves: softmax(scores(q, k) + bias + mask)·v, then a
 * projection. What the scores and the bias by distance are, the two versions of Swin say. Names as in the official code.
 */
export abstract class WindowAttention extends Module {
  readonly qkv: Linear;
  readonly proj: Linear;
  readonly heads: number;

  /** @throws FoveaError when `width` is no multiple of `heads` */
  constructor(width: number, heads: number, qkv: LinearOptions, proj: LinearOptions) {
    super();
    if (!(heads > 0) || width % heads !== 0)
      throw new FoveaError("nn/heads", `WindowAttention: width ${width} is not divisible by ${heads} heads`);
    this.qkv = new Linear(width, 3 * width, qkv);
    this.proj = new Linear(width, width, proj);
    this.heads = heads;
  }

  /** [B·nW, N, C] → the same shape. nW is that of the mask, or 1. */
  forward(windows: Tensor, context: WindowContext): Tensor {
    const [, tokens, width] = windows.shape;
    const [high, wide] = context.window;
    if (windows.rank !== 3 || tokens !== high * wide || width !== this.proj.weight.shape[0])
      throw new FoveaError("shape/attention", `WindowAttention: ${show(windows)} is not [B·nW, ${high}·${wide}, C]`);
    const bias = context.bias ?? this.positionBias(context.window);
    const qkv = linear(windows, this.qkv.weight, this.projectionBias());
    const mixed = inParts(qkv, context, (part, mask) => this.mix(part, mask === undefined ? bias : bias.add(mask)));
    return this.proj.forward(mixed);
  }

  /** The bias by distance, [1, heads, N, N]. */
  abstract positionBias(window: Grid): Tensor;

  /** Scaled scores: q, k [B·nW, heads, N, d] → [B·nW, heads, N, N] */
  protected abstract scores(q: Tensor, k: Tensor): Tensor;

  protected projectionBias(): Tensor | undefined {
    return this.qkv.bias;
  }

  /** q, k and v of [B·nW, N, 3·C] mixed, with `bias` [nW, heads, N, N]: [B·nW, N, C]. */
  private mix(qkv: Tensor, bias: Tensor): Tensor {
    const [count, tokens, width] = [qkv.shape[0], qkv.shape[1], qkv.shape[2] / 3];
    const [windows] = bias.shape;
    const [q, k, v] = heads3(qkv, this.heads, width); // [B·nW, heads, N, d]
    const scores = this.scores(q, k);
    const biased = scores.reshape([count / windows, windows, this.heads, tokens, tokens]).add(bias);
    const mixed = softmax(biased.reshape(scores.shape)).matmul(v);
    return mixed.permute([0, 2, 1, 3]).reshape([count, tokens, width]);
  }
}

/** A value for each offset, [offsets, heads], as a bias for each pair of tokens: [1, heads, N, N]. */
export function biasOfPairs(values: Tensor, window: Grid): Tensor {
  const tokens = window[0] * window[1];
  const pairs = indexSelect(values, constant(offsetIndex(window))); // [N·N, heads]
  return pairs.permute([1, 0]).reshape([1, values.shape[1], tokens, tokens]);
}

/** `mix` of some windows of every image after the other, as many `atOnce` as the context says. */
function inParts(
  qkv: Tensor,
  { mask, atOnce }: WindowContext,
  mix: (part: Tensor, mask: Tensor | undefined) => Tensor,
): Tensor {
  const windows = mask?.shape[0] ?? 1;
  if (atOnce === undefined || qkv.shape[0] <= atOnce) return mix(qkv, mask);
  const [count, tokens, width] = qkv.shape;
  const all = qkv.reshape([count / windows, windows, tokens, width]);
  const axis = mask === undefined ? 0 : 1; // unmasked windows are all alike
  const parts: Tensor[] = [];
  for (let from = 0; from < all.shape[axis]; from += atOnce) {
    const part = all.slice(axis, from, Math.min(from + atOnce, all.shape[axis]));
    const own = mask?.slice(0, from, Math.min(from + atOnce, windows));
    const mixed = mix(part.reshape([part.shape[0] * part.shape[1], tokens, width]), own);
    parts.push(mixed.reshape([part.shape[0], part.shape[1], tokens, width / 3]));
  }
  return concat(parts, axis).reshape([count, tokens, width / 3]);
}
