import { groupNorm } from "../graph/functions/normalisation.ts";
import type { Tensor } from "../graph/tensor.ts";
import { ones, zeros } from "./initialisers.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface GroupNormOptions {
  readonly eps?: number;
  /** Whether there are weight and bias. */
  readonly affine?: boolean;
}

/**
 * (x − mean)/√(var + eps) over each of `groups` groups of an image's channels, then ⊙ weight + bias [C] for each
 * channel. One group a channel is instance norm. Source: arXiv 1803.08494.
 */
export class GroupNorm extends Module {
  readonly weight: Parameter | undefined;
  readonly bias: Parameter | undefined;
  readonly groups: number;
  readonly eps: number;

  constructor(groups: number, channels: number, { eps = 1e-5, affine = true }: GroupNormOptions = {}) {
    super();
    this.weight = affine ? new Parameter([channels], ones) : undefined;
    this.bias = affine ? new Parameter([channels], zeros) : undefined;
    this.groups = groups;
    this.eps = eps;
  }

  /** [B, C, ...] → the same shape */
  forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return groupNorm(x, this.groups, { weight, bias, eps });
  }
}
