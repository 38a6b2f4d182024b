import type { Tensor } from "../../graph/tensor.ts";

/**
 * Channel g·(C/groups) + k goes to k·groups + g: the next grouped convolution sees all groups. [B, C, H, W], kept.
 * Source: arXiv 1707.01083 §3.1.
 */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  if (groups === 1) return x;
  const [batch, channels, ...sides] = x.shape;
  return x
    .reshape([batch, groups, channels / groups, ...sides])
    .transpose(1, 2)
    .reshape(x.shape);
}
