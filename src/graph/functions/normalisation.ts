/** Norms over channels: x [B, C, ...], weight and bias [C]. */
import { graphError } from "../graph-error.ts";
import { layerNorm } from "../operators/layer-norm.ts";
import { show, type Tensor } from "../tensor.ts";
import { rsqrt } from "./elementary.ts";

export interface AffineOptions {
  /** [C], scales each channel. */
  readonly weight?: Tensor | undefined;
  /** [C], shifts each channel. */
  readonly bias?: Tensor | undefined;
  readonly eps?: number;
}

/** x − mean over √(var + eps) within each of `groups` groups of channels of each image, then · weight + bias. */
export function groupNorm(x: Tensor, groups: number, { weight, bias, eps = 1e-5 }: AffineOptions = {}): Tensor {
  const [batch, channels] = x.shape;
  if (x.rank < 2 || channels % groups !== 0)
    throw graphError("shape/group-norm", `groupNorm: ${groups} groups do not divide the channels of ${show(x)}`);
  const rows = x.reshape([batch * groups, x.size / (batch * groups)]);
  return affine(layerNorm(rows, undefined, undefined, eps).reshape(x.shape), weight, bias);
}

/** What batch normalisation measured: mean and biased variance of each channel, [C]. */
export interface BatchStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * (x − mean)/√(var + eps)·weight + bias with given statistics [C], as x·scale + shift: two passes over x. Scale and
 * shift are of size C; PyTorch's CPU kernel computes the same.
 */
export function batchNorm(
  x: Tensor,
  { mean, variance }: BatchStatistics,
  { weight, bias, eps = 1e-5 }: AffineOptions = {},
): Tensor {
  const inverse = rsqrt(variance.add(eps));
  const scale = weight === undefined ? inverse : inverse.mul(weight);
  const shift = bias === undefined ? mean.mul(scale).neg() : bias.sub(mean.mul(scale));
  return affine(x, scale, shift);
}

/** Mean and biased variance of each channel over batch and positions, [C] (training). */
export function batchStatistics(x: Tensor): BatchStatistics {
  const axes = x.shape.map((_, i) => i).filter((i) => i !== 1);
  const mean = x.mean(axes);
  const centred = x.sub(perChannel(mean, x));
  return { mean, variance: centred.mul(centred).mean(axes) };
}

function affine(x: Tensor, weight: Tensor | undefined, bias: Tensor | undefined): Tensor {
  const scaled = weight === undefined ? x : x.mul(perChannel(weight, x));
  return bias === undefined ? scaled : scaled.add(perChannel(bias, x));
}

/** [C] → [C, 1, ..], which broadcasts over the channels of x. */
const perChannel = (v: Tensor, x: Tensor): Tensor => v.reshape([v.size, ...x.shape.slice(2).map(() => 1)]);
