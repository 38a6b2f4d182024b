import { linear } from "../graph/functions/linear.ts";
import type { Tensor } from "../graph/tensor.ts";
import { biasUniform, kaimingUniform, type Initialiser } from "./initialisers.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface LinearOptions {
  readonly bias?: boolean;
  readonly weightInit?: Initialiser;
  readonly biasInit?: Initialiser;
}

/**
 * y = x·Wᵀ + b; weight [out, in], bias [out], on the last axis. Starts from PyTorch's values:
 * weight and bias U(−1/√in, 1/√in).
 */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(inputs: number, outputs: number, options: LinearOptions = {}) {
    super();
    const { bias = true, weightInit = kaimingUniform(), biasInit = biasUniform(inputs) } = options;
    this.weight = new Parameter([outputs, inputs], weightInit);
    this.bias = bias ? new Parameter([outputs], biasInit) : undefined;
  }

  /** [..., in] → [..., out] */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
