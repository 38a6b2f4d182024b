import { conv, convTranspose } from "../graph/operators/conv.ts";
import { forEachAxis } from "../graph/operators/window.ts";
import type { Tensor } from "../graph/tensor.ts";
import { biasUniform, kaimingUniform } from "./initialisers.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";
import type { ConvOptions } from "./patches.ts";

/** One number for both axes, or [of rows, of columns]. */
export type Pair = number | readonly [number, number];

export interface Conv2dOptions extends ConvOptions {
  readonly stride?: Pair;
  /** Zeros on both sides. */
  readonly padding?: Pair;
  readonly dilation?: Pair;
  /** Output group g sees only input group g; as many groups as channels: depthwise. */
  readonly groups?: number;
}

/**
 * x ∗ weight + bias; weight [out, in/groups, kh, kw], bias [out]. Starts from PyTorch's values: weight and bias
 * U(−1/√fanIn, 1/√fanIn), fanIn = in/groups·kh·kw.
 */
export class Conv2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly #options: Conv2dOptions;

  constructor(inputs: number, outputs: number, kernel: Pair, options: Conv2dOptions = {}) {
    super();
    const [rows, columns] = forEachAxis(kernel, 2);
    const fanIn = (inputs / (options.groups ?? 1)) * rows * columns;
    const { bias = true, weightInit = kaimingUniform(), biasInit = biasUniform(fanIn) } = options;
    this.weight = new Parameter([outputs, inputs / (options.groups ?? 1), rows, columns], weightInit);
    this.bias = bias ? new Parameter([outputs], biasInit) : undefined;
    this.#options = options;
  }

  /** [B, in, H, W] → [B, out, H', W'], H' = ⌊(H + 2·padding − dilation·(kh − 1) − 1)/stride⌋ + 1 */
  forward(x: Tensor): Tensor {
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = this.#options;
    return conv(x, this.weight, { bias: this.bias, stride, padding, dilation, groups });
  }
}

export interface ConvTranspose2dOptions extends Conv2dOptions {
  /** Rows and columns added at the end, where several input sizes give the same output size. */
  readonly outputPadding?: Pair;
}

/**
 * The adjoint of `Conv2d`; weight [in, out/groups, kh, kw], bias [out]. Starts from PyTorch's values:
 * U(−1/√fan, 1/√fan), fan = out/groups·kh·kw.
 */
export class ConvTranspose2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly #options: ConvTranspose2dOptions;

  constructor(inputs: number, outputs: number, kernel: Pair, options: ConvTranspose2dOptions = {}) {
    super();
    const [rows, columns] = forEachAxis(kernel, 2);
    const perGroup = outputs / (options.groups ?? 1);
    const { bias = true, weightInit = kaimingUniform(), biasInit = biasUniform(perGroup * rows * columns) } = options;
    this.weight = new Parameter([inputs, perGroup, rows, columns], weightInit);
    this.bias = bias ? new Parameter([outputs], biasInit) : undefined;
    this.#options = options;
  }

  /** [B, in, H, W] → [B, out, H', W'], H' = (H − 1)·stride − 2·padding + dilation·(kh − 1) + 1 + outputPadding */
  forward(x: Tensor): Tensor {
    const { stride = 1, padding = 0, dilation = 1, groups = 1, outputPadding = 0 } = this.#options;
    return convTranspose(x, this.weight, { bias: this.bias, stride, padding, dilation, groups, outputPadding });
  }
}
