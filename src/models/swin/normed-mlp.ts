import { gelu } from "../../graph/operators/gelu.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Mlp, type MlpOptions } from "../../nn/mlp.ts";

/** fc2(GELU(norm(fc1(x)))): the MLP of some of Feature Distillation's V2 nets, `mlp.norm`. */
export class NormedMlp extends Mlp {
  readonly norm: LayerNorm;

  constructor(width: number, hidden: number, { eps = 1e-5, ...options }: MlpOptions & { readonly eps?: number } = {}) {
    super(width, hidden, options);
    this.norm = new LayerNorm(hidden, { eps });
  }

  /** [..., C] → [..., C] */
  override forward(x: Tensor): Tensor {
    return this.fc2.forward(gelu(this.norm.forward(this.fc1.forward(x))));
  }
}
