import { hostTensor } from "../../graph/dtype.ts";
import { constant } from "../../graph/leaf.ts";
import type { Tensor } from "../../graph/tensor.ts";

/** Mean and standard deviation of each channel, of values in [0, 1]. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Of ImageNet, in the order red, green, blue: what most published weights expect. */
export const imageNetStatistics: ChannelStatistics = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/**
 * (image / 255 − mean) / std with channels first: uint8 [B, H, W, 3] → float32 [B, 3, H, W]. Part of every exported
 * program, so that who deploys it feeds plain pixels.
 */
export function preprocess(image: Tensor, { mean, std }: ChannelStatistics): Tensor {
  // one product and one sum per value: x/255·(1/std) − mean/std
  const scale = Float32Array.from(std, (deviation) => 1 / (255 * deviation));
  const shift = Float32Array.from(std, (deviation, c) => -mean[c] / deviation);
  const channels = [1, std.length, 1, 1];
  return image
    .cast("float32")
    .permute([0, 3, 1, 2])
    .mul(constant(hostTensor("float32", channels, scale)))
    .add(constant(hostTensor("float32", channels, shift)));
}
