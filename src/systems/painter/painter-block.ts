import { gelu } from "../../graph/operators/gelu.ts";
import { concat } from "../../graph/operators/layout.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { DecomposedAttention, type DecomposedContext } from "../../models/decomposed-attention.ts";
import { cutPadded, joinPadded } from "../../models/padded-windows.ts";
import type { Grid } from "../../models/swin/windows.ts";
import { Block } from "../../nn/block.ts";
import { Conv2d } from "../../nn/conv.ts";
import { kaimingNormal, truncatedNormal, type Initialiser, zeros } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Module } from "../../nn/module.ts";
import { PointwiseConv } from "../../nn/patches.ts";

export interface PainterBlockOptions {
  readonly mlpRatio: number;
  readonly qkvBias: boolean;
  readonly dropPath: number;
  readonly eps: number;
  /** First values of the tables of relative positions; `false`: none. */
  readonly tables: Initialiser | false;
  /** Tokens along a side of the windows; undefined: global attention. */
  readonly window?: number | undefined;
  /** Whether a bottleneck of convolutions ends the block. */
  readonly residual: boolean;
}

export interface PainterBlockContext extends DecomposedContext {
  readonly grid: Grid;
  /** Prompts share a query: its half of the attention's result is their mean, in each of so many streams apart. */
  readonly sharedIn?: 1 | 2 | undefined;
}

const matrix = { weightInit: truncatedNormal(), biasInit: zeros };

/**
 * Pre-norm block on a map of tokens; attention is global or in windows, padded with zeros behind the norm that take part
 * as keys and values. Source: painter sections 3.6 to 3.8; the feature ensemble of SegGPT, section 5.5.
 */
export class PainterBlock extends Block {
  readonly residual: BottleneckResidual | undefined;
  readonly #attention: DecomposedAttention;
  readonly #window: number | undefined;

  /** @param grid rows and columns of the map that the tables of relative positions are for */
  constructor(width: number, heads: number, grid: Grid, options: PainterBlockOptions) {
    const { mlpRatio, dropPath, eps, window, tables, qkvBias } = options;
    const attn = new DecomposedAttention(width, heads, window === undefined ? grid : [window, window], {
      qkvBias,
      tables,
      qkv: matrix,
      proj: matrix,
    });
    super(width, heads, { mlpRatio, dropPath, eps, attn, mlp: { first: matrix } });
    this.residual = options.residual ? new BottleneckResidual(width) : undefined;
    this.#attention = attn;
    this.#window = window;
  }

  /** [B, h·w, D] → the same shape; with two streams shared, B is [images of all prompts; targets of all prompts]. */
  override forward(x: Tensor, { grid, sharedIn, ...context }: PainterBlockContext): Tensor {
    const attended = this.attended(this.norm1.forward(x), grid, context);
    const gathered = sharedIn === undefined ? attended : withSharedQuery(attended, sharedIn);
    x = x.add(this.dropPath1.forward(gathered));
    x = x.add(this.dropPath2.forward(this.mlp.forward(this.norm2.forward(x))));
    return this.residual === undefined ? x : this.residual.forward(x, grid);
  }

  private attended(x: Tensor, grid: Grid, context: DecomposedContext): Tensor {
    const size = this.#window;
    if (size === undefined) return this.#attention.forward(x, { ...context, grid });
    return joinPadded(this.#attention.forward(cutPadded(x, grid, size), context), grid, size);
  }
}

/** The lower half of each map replaced by its mean over the samples of its stream; x [streams·n, N, D], kept. */
function withSharedQuery(x: Tensor, streams: 1 | 2): Tensor {
  const [batch, tokens, width] = x.shape;
  const [prompt, query] = [x.slice(1, 0, tokens / 2), x.slice(1, tokens / 2)];
  const shape = [streams, batch / streams, tokens / 2, width];
  const mean = query.reshape(shape).mean(1, { keepDims: true });
  return concat([prompt, mean.expand(shape).reshape(query.shape)], 1);
}

/** ε of the norms between convolutions. */
const convolutionEps = 1e-6;

/**
 * x + norm3(conv3(gelu(norm2(conv2(gelu(norm1(conv1 x))))))), 1×1, 3×3 and 1×1 at half the width without biases, norms
 * over channels; starts as x. Source: ViTDet (arXiv 2203.16527), painter section 3.
 */
class BottleneckResidual extends Module {
  readonly conv1: PointwiseConv;
  readonly norm1: LayerNorm;
  readonly conv2: Conv2d;
  readonly norm2: LayerNorm;
  readonly conv3: PointwiseConv;
  readonly norm3: LayerNorm;

  constructor(width: number) {
    super();
    const half = Math.floor(width / 2);
    const bare = { bias: false, weightInit: kaimingNormal({ mode: "fanOut" }) };
    const eps = convolutionEps;
    this.conv1 = new PointwiseConv(width, half, bare);
    this.norm1 = new LayerNorm(half, { eps });
    this.conv2 = new Conv2d(half, half, 3, { ...bare, padding: 1 });
    this.norm2 = new LayerNorm(half, { eps });
    this.conv3 = new PointwiseConv(half, width, bare);
    this.norm3 = new LayerNorm(width, { eps, weightInit: zeros });
  }

  /** [B, h·w, D] → the same shape */
  forward(x: Tensor, [rows, columns]: Grid): Tensor {
    const narrow = gelu(this.norm1.forward(this.conv1.forward(x))); // [B, h·w, D/2]
    const [batch, tokens, half] = narrow.shape;
    const map = narrow.reshape([batch, rows, columns, half]).permute([0, 3, 1, 2]);
    const mixed = this.conv2.forward(map).permute([0, 2, 3, 1]).reshape([batch, tokens, half]);
    return x.add(this.norm3.forward(this.conv3.forward(gelu(this.norm2.forward(mixed)))));
  }
}
