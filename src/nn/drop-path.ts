import { FoveaError } from "../errors/fovea-error.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Module } from "./module.ts";
import { bernoulliInput, isTraining } from "./trace.ts";

/**
 * Stochastic depth: in training a sample's residual branch is 0 with probability `rate` and else x/(1 − rate); in
 * evaluation it is x. Source: arXiv 1603.09382; timm's drop_path (scale_by_keep).
 */
export class DropPath extends Module {
  readonly rate: number;

  constructor(rate = 0) {
    super();
    this.rate = checkedRate("drop path", rate);
  }

  /** [B, ...] → the same shape */
  forward(x: Tensor): Tensor {
    if (this.rate === 0 || !isTraining()) return x;
    return x.mul(bernoulliInput([x.shape[0], ...x.shape.slice(1).map(() => 1)], 1 - this.rate));
  }
}

/** Dropout: each element 0 with probability `rate`, else x/(1 − rate), in training only. */
export class Dropout extends Module {
  readonly rate: number;

  constructor(rate = 0.5) {
    super();
    this.rate = checkedRate("dropout", rate);
  }

  /** Any shape, kept. */
  forward(x: Tensor): Tensor {
    return this.rate === 0 || !isTraining() ? x : x.mul(bernoulliInput(x.shape, 1 - this.rate));
  }
}

function checkedRate(what: string, rate: number): number {
  if (rate >= 0 && rate < 1) return rate;
  throw new FoveaError("nn/rate", `${what} rate is ${rate}; it must be at least 0 and below 1`, { exitCode: 2 });
}
