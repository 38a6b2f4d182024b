import type { Normalisation } from "../../data/transforms/normalise.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { constant } from "../../graph/leaf.ts";
import type { Tensor } from "../../graph/tensor.ts";

/**
 * (image / 255 − mean) / std with channels first: uint8 [B, H, W, 3] → float32 [B, 3, H, W]. Part of every exported
 * program, so that who deploys it feeds plain pixels.
 */
export function preprocess(image: Tensor, { mean, std }: Normalisation): Tensor {
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
