import { hostTensor } from "../../graph/dtype.ts";
import { constant } from "../../graph/leaf.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { ClipVision, type ClipVisionOptions } from "../../models/clip/clip-vision.ts";
import { Module } from "../../nn/module.ts";

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const clip = { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] };

/**
 * A CLIP image tower as teacher: all tokens after `ln_post`, before the projection. The student's images are normalised
 * by ImageNet's statistics, the tower's by CLIP's. Source: feature-distillation section 3.3. (DINO and DeiT are a `Vit`
 * without head.)
 */
export class ClipTeacher extends Module {
  readonly visual: ClipVision;

  constructor(options: ClipVisionOptions) {
    super();
    this.visual = new ClipVision(options);
  }

  /** ImageNet-normalised [B, 3, S, S] → [B, 1 + N, W], class token first */
  features(images: Tensor): Tensor {
    return this.visual.normalisedTokens(fromImageNetToClip(images));
  }
}

/** The same pixels [B, 3, H, W] by CLIP's mean and deviation in place of ImageNet's. */
export function fromImageNetToClip(images: Tensor): Tensor {
  const channels = (value: (channel: number) => number): Tensor =>
    constant(hostTensor("float32", [1, 3, 1, 1], Float32Array.from([0, 1, 2], value)));
  const factor = channels((c) => imageNet.std[c] / clip.std[c]);
  const shift = channels((c) => (imageNet.mean[c] - clip.mean[c]) / clip.std[c]);
  return images.mul(factor).add(shift);
}
