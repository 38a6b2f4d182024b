import { gemm } from "../graph/operators/matmul.ts";
import { show, type Tensor } from "../graph/tensor.ts";
import { biasUniform, kaimingUniform, type Initialiser } from "./initialisers.ts";
import { layerError } from "./layer-error.ts";
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

export interface LinearScale {
  /** Factor on the product, free of charge inside the Gemm: y = alpha·x·Wᵀ + b. Default 1. */
  readonly alpha?: number;
}

/**
 * alpha·x·weightᵀ + bias on the last axis: x [..., in], weight [out, in], bias [out] → [..., out].
 *
 * @throws FoveaError when the last axis of x is not the weight's second
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor, { alpha = 1 }: LinearScale = {}): Tensor {
  const [outputs, inputs] = weight.shape;
  if (weight.rank !== 2 || x.rank < 1 || x.shape[x.rank - 1] !== inputs) {
    throw layerError(
      "shape/linear",
      `linear: x ${show(x)} with weight ${show(weight)}: the last axis of x must be ${inputs}, the weight's [out, in]`,
    );
  }
  // Gemm takes matrices; a reshape costs nothing at run time
  const rows = gemm(x.reshape([x.size / inputs, inputs]), weight, bias, { transB: 1, alpha });
  return rows.reshape([...x.shape.slice(0, -1), outputs]);
}
