import type { Shape } from "../graph/dtype.ts";
import { layerNorm } from "../graph/operators/layer-norm.ts";
import type { Tensor } from "../graph/tensor.ts";
import { ones, zeros, type Initialiser } from "./initialisers.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface LayerNormOptions {
  readonly eps?: number;
  readonly bias?: boolean;
  readonly weightInit?: Initialiser;
}

/** (x − mean) / √(var + eps) ⊙ weight + bias over the last axes, of sizes `size`; weight starts at 1
 * (`weightInit`), bias at 0. */
export class LayerNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly eps: number;

  constructor(size: number | Shape, { eps = 1e-5, bias = true, weightInit = ones }: LayerNormOptions = {}) {
    super();
    const shape = typeof size === "number" ? [size] : size;
    this.weight = new Parameter(shape, weightInit);
    this.bias = bias ? new Parameter(shape, zeros) : undefined;
    this.eps = eps;
  }

  /** [..., size] → the same shape */
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, this.eps);
  }
}
