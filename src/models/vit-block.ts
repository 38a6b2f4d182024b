import { Attention, headDimOf, type AttentionOptions, type SelfAttention } from "../nn/attention.ts";
import { Block, type FeedForward } from "../nn/block.ts";
import { zeros, type Initialiser } from "../nn/initialisers.ts";
import type { LinearOptions } from "../nn/linear.ts";
import { Mlp } from "../nn/mlp.ts";
import { SubNormAttention } from "../nn/sub-norm-attention.ts";
import { SwiGlu } from "../nn/swiglu.ts";
import { DecoupledBiasAttention } from "./decoupled-position-bias.ts";
import { BiasedAttention } from "./relative-position-bias.ts";
import type { VitEncoderOptions } from "./vit-options.ts";
import { branchEnd, deitStart } from "./vit-start.ts";

/** Block `index` of a ViT of `side` × `side` patches. */
export function vitBlock(options: VitEncoderOptions, side: number, index: number): Block {
  const { width, depth, heads, dropPath = 0, layerScale, eps = 1e-6, normPlacement } = options;
  return new Block(width, heads, {
    dropPath: depth > 1 ? (dropPath * index) / (depth - 1) : 0,
    layerScale,
    eps,
    ...(normPlacement === undefined ? {} : { normPlacement }),
    attn: attentionOf(options, side, index),
    feedForward: feedForwardOf(options, index),
  });
}

/** A matrix that starts from `weightInit`, its bias from 0. */
export const from = (weightInit: Initialiser): LinearOptions => ({ weightInit, biasInit: zeros });

function attentionOf(options: VitEncoderOptions, side: number, index: number): SelfAttention {
  const { width, heads, headDim, qkvBias = true, subNorm = false, start = deitStart, eps = 1e-6 } = options;
  const { relativePositions: relative, classToken = true } = options;
  const own: AttentionOptions = {
    qkvBias,
    headDim: headDimOf(width, heads, headDim),
    qkv: from(start.matrix),
    proj: from(branchEnd(start, index)),
  };
  if (subNorm) return new SubNormAttention(width, heads, { ...own, bias: qkvBias !== false, eps });
  if (relative?.of !== "block") return new Attention(width, heads, own);
  if (relative.table === "decoupled") return new DecoupledBiasAttention(width, heads, side, own);
  const table = relative.start ?? zeros;
  return new BiasedAttention(width, heads, side, { ...own, table, classToken });
}

function feedForwardOf(options: VitEncoderOptions, index: number): FeedForward {
  const { width, mlpRatio = 4, feedForward = "gelu", subNorm = false, start = deitStart, eps = 1e-6 } = options;
  const hidden = Math.floor(width * mlpRatio);
  const matrices = { first: from(start.matrix), second: from(branchEnd(start, index)) };
  if (feedForward === "gelu") return new Mlp(width, hidden, { ...matrices, subNorm });
  return new SwiGlu(width, hidden, { ...matrices, subNorm: subNorm ? { eps } : undefined });
}
