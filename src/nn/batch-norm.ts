import { FoveaError } from "../errors/fovea-error.ts";
import { batchNorm, batchStatistics, type BatchStatistics } from "../graph/functions/normalisation.ts";
import { graphError } from "../graph/graph-error.ts";
import { scalar, show, type Tensor } from "../graph/tensor.ts";
import { ones, zeros } from "./initialisers.ts";
import { Module } from "./module.ts";
import { Buffer, Parameter } from "./parameter.ts";
import { latest, measuresStatistics, recordUpdate } from "./trace.ts";

export interface BatchNormOptions {
  readonly eps?: number;
  /** Share of the new statistics in the running ones. */
  readonly momentum?: number;
  /** Whether there are weight and bias. */
  readonly affine?: boolean;
}

/**
 * (x − mean)/√(var + eps) ⊙ weight + bias for each channel of x [B, C, ...]: PyTorch's BatchNorm1d, 2d and 3d.
 *
 * In training mean and biased variance of the batch; the running ones move to them, r ← r + momentum·(batch − r), the
 * variance unbiased. In evaluation, outside a trace and within `withFrozenStatistics` the running ones. A layer that
 * runs twice in a step updates twice, the second time from the first. Source: arXiv 1502.03167.
 */
export class BatchNorm extends Module {
  readonly weight: Parameter | undefined;
  readonly bias: Parameter | undefined;
  readonly running_mean: Buffer;
  readonly running_var: Buffer;
  /** Number of training batches, as PyTorch's state dicts have it. */
  readonly num_batches_tracked: Buffer;
  readonly eps: number;
  readonly momentum: number;

  constructor(channels: number, { eps = 1e-5, momentum = 0.1, affine = true }: BatchNormOptions = {}) {
    super();
    if (!(momentum >= 0 && momentum <= 1))
      throw new FoveaError("nn/momentum", `BatchNorm: momentum is ${momentum}; it must be from 0 to 1`);
    this.weight = affine ? new Parameter([channels], ones) : undefined;
    this.bias = affine ? new Parameter([channels], zeros) : undefined;
    this.running_mean = new Buffer([channels], zeros);
    this.running_var = new Buffer([channels], ones);
    this.num_batches_tracked = new Buffer([], zeros, "int64");
    this.eps = eps;
    this.momentum = momentum;
  }

  /** [B, C, ...] → the same shape. Throws for other channels, and in training for one value a channel. */
  forward(x: Tensor): Tensor {
    const channels = this.running_mean.size;
    if (x.rank < 2 || x.shape[1] !== channels)
      throw graphError("shape/batch-norm", `BatchNorm: x ${show(x)} is not [B, ${channels}, ...]`);
    const { weight, bias, eps } = this;
    const statistics = measuresStatistics() ? this.measure(x) : this.running;
    return batchNorm(x, statistics, { weight, bias, eps });
  }

  private get running(): BatchStatistics {
    return { mean: this.running_mean, variance: this.running_var };
  }

  /** The batch's statistics; hands over the next running ones. */
  private measure(x: Tensor): BatchStatistics {
    const count = x.size / x.shape[1];
    if (count < 2)
      throw graphError(
        "shape/batch-norm",
        `BatchNorm: x ${show(x)} has one value a channel; its variance says nothing`,
      );
    const statistics = batchStatistics(x);
    this.move(this.running_mean, statistics.mean);
    this.move(this.running_var, statistics.variance.mul(count / (count - 1)));
    recordUpdate(this.num_batches_tracked, latest(this.num_batches_tracked).add(scalar(1, "int64")));
    return statistics;
  }

  private move(running: Buffer, measured: Tensor): void {
    recordUpdate(
      running,
      latest(running)
        .mul(1 - this.momentum)
        .add(measured.mul(this.momentum)),
    );
  }
}
