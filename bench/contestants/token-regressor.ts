import { input, type Tensor } from "fovea/graph";
import { Block, LayerNorm, Linear, Module } from "fovea/nn";
import type { VitStep } from "../vit-step.ts";

/** A ViT that regresses a vector for each token; names as in `vitParameters`. */
export class TokenRegressor extends Module {
  readonly embed: Linear;
  readonly blocks: Block[];
  readonly norm: LayerNorm;
  readonly head: Linear;

  constructor({ patch, dim, depth, headDim, mlpRatio }: VitStep) {
    super();
    this.embed = new Linear(patch, dim);
    this.blocks = Array.from({ length: depth }, () => new Block(dim, dim / headDim, { mlpRatio }));
    this.norm = new LayerNorm(dim, { eps: 1e-6 });
    this.head = new Linear(dim, patch);
  }

  /** [B, N, patch] → [B, N, patch] */
  forward(x: Tensor): Tensor {
    x = this.embed.forward(x);
    for (const block of this.blocks) x = block.forward(x);
    return this.head.forward(this.norm.forward(x));
  }
}

/** Mean squared error of inputs `x` and `y`, [batch, tokens, patch] each. */
export function regressionLoss(model: TokenRegressor, { batch, tokens, patch }: VitStep): Tensor {
  const shape = [batch, tokens, patch];
  const difference = model.forward(input("x", shape)).sub(input("y", shape));
  return difference.mul(difference).mean();
}
