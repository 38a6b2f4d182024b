import type { Tensor } from "../../graph/tensor.ts";
import { DropPath } from "../../nn/drop-path.ts";
import { constantValue, scaled, truncatedNormal, zeros } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Mlp } from "../../nn/mlp.ts";
import { Module } from "../../nn/module.ts";
import { NormedMlp } from "./normed-mlp.ts";
import { padded } from "./patch-merging.ts";
import type { WindowAttention } from "./window-attention.ts";
import { inverseOf, permuteTokens } from "./token-order.ts";
import { shiftMask, windowOrder, type Grid } from "./windows.ts";

export interface SwinBlockOptions {
  readonly attn: WindowAttention;
  /** M; undefined: the whole map, whatever its size (Plain-DETR's global blocks). */
  readonly window: number | undefined;
  readonly shift: number;
  /** V2: the norms stand at the end of the branches, and start at `normStart`. */
  readonly normLast: boolean;
  readonly normStart?: number;
  readonly mlpRatio: number;
  readonly dropPath: number;
  readonly eps?: number | undefined;
  /** A further norm on the main branch at the end, `enorm` of the largest V2 nets. */
  readonly extraNorm?: boolean;
  /** Factor on the first weight of the MLP's second layer. */
  readonly mlpScale?: number;
  /** A norm of the MLP's hidden values. */
  readonly mlpNorm?: boolean | undefined;
  readonly windowsAtOnce?: number | undefined;
}

/**
 * Swin's block: attention in windows, which may be shifted, then an MLP, each on a residual path with drop path.
 * V1: x += f(norm(x)); V2: x += norm(f(x)). A map that windows do not fill is padded with zeros at the right and below;
 * padded tokens take part as keys. Source: swin-backbone sections 3.4, 3.7 and 3.9.
 */
export class SwinBlock extends Module {
  readonly norm1: LayerNorm;
  readonly attn: WindowAttention;
  readonly dropPath1: DropPath;
  readonly norm2: LayerNorm;
  readonly mlp: Mlp;
  readonly dropPath2: DropPath;
  readonly enorm: LayerNorm | undefined;
  readonly window: number | undefined;
  readonly shift: number;
  readonly normLast: boolean;
  readonly windowsAtOnce: number | undefined;

  constructor(width: number, options: SwinBlockOptions) {
    super();
    const { normLast, normStart = 1, eps = 1e-5, mlpScale = 1 } = options;
    const norm = (): LayerNorm => new LayerNorm(width, { eps, weightInit: constantValue(normStart) });
    const first = { weightInit: truncatedNormal(), biasInit: zeros };
    this.norm1 = norm();
    this.attn = options.attn;
    this.dropPath1 = new DropPath(options.dropPath);
    this.norm2 = norm();
    const hidden = Math.trunc(width * options.mlpRatio);
    const mlp = { first, second: { ...first, weightInit: scaled(first.weightInit, mlpScale) } };
    this.mlp = options.mlpNorm === true ? new NormedMlp(width, hidden, { ...mlp, eps }) : new Mlp(width, hidden, mlp);
    this.dropPath2 = new DropPath(options.dropPath);
    this.enorm = options.extraNorm === true ? new LayerNorm(width, { eps }) : undefined;
    this.window = options.window;
    this.shift = options.shift;
    this.normLast = normLast;
    this.windowsAtOnce = options.windowsAtOnce;
  }

  /**
   * [B, H·W, C] → the same shape
   * @param bias [1, heads, M², M²] that the stage's blocks share
   */
  forward(x: Tensor, grid: Grid, bias?: Tensor): Tensor {
    const attended = this.branch(x, this.norm1, (y) => this.attend(y, grid, bias));
    x = x.add(this.dropPath1.forward(attended));
    x = x.add(this.dropPath2.forward(this.branch(x, this.norm2, (y) => this.mlp.forward(y))));
    return this.enorm === undefined ? x : this.enorm.forward(x);
  }

  private branch(x: Tensor, norm: LayerNorm, f: (x: Tensor) => Tensor): Tensor {
    return this.normLast ? norm.forward(f(x)) : f(norm.forward(x));
  }

  private attend(x: Tensor, grid: Grid, bias: Tensor | undefined): Tensor {
    const [batch, , channels] = x.shape;
    const window: Grid = this.window === undefined ? grid : [this.window, this.window];
    const whole: Grid = [roundUp(grid[0], window[0]), roundUp(grid[1], window[1])];
    const { shift } = this;
    const map = padded(x.reshape([batch, ...grid, channels]), whole).reshape([batch, whole[0] * whole[1], channels]);
    const order = windowOrder(whole, window, shift);
    const windows = permuteTokens(map, order).reshape([-1, window[0] * window[1], channels]); // [B·nW, M², C]
    const mask = shift === 0 ? undefined : shiftMask(whole, window[0], shift);
    const attended = this.attn.forward(windows, { window, mask, bias, atOnce: this.windowsAtOnce });
    const back = permuteTokens(attended.reshape(map.shape), inverseOf(order)).reshape([batch, ...whole, channels]);
    return cropped(back, grid).reshape(x.shape);
  }
}

const roundUp = (size: number, step: number): number => Math.ceil(size / step) * step;

const cropped = (map: Tensor, [height, width]: Grid): Tensor =>
  map.shape[1] === height && map.shape[2] === width ? map : map.slice(1, 0, height).slice(2, 0, width);
