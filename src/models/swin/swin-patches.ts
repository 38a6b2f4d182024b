import { pad } from "../../graph/operators/pad.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { truncatedNormal, zeros } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { PatchEmbed } from "../../nn/patches.ts";
import type { SwinBodyOptions } from "./swin-options.ts";

/** Patch convolution and, but where `patchNorm` is false, a norm. Images are padded to whole patches with zeros. */
export class SwinPatchEmbed extends PatchEmbed {
  readonly norm: LayerNorm | undefined;
  readonly patchSize: number;

  constructor({
    width,
    patchSize = 4,
    channels = 3,
    patchNorm = true,
    eps = 1e-5,
    start = "official",
  }: SwinBodyOptions) {
    const normal = { weightInit: truncatedNormal(), biasInit: zeros };
    super(channels, width, patchSize, start === "official" ? {} : normal);
    this.norm = patchNorm ? new LayerNorm(width, { eps }) : undefined;
    this.patchSize = patchSize;
  }

  /** [B, 3, H, W] → [B, ⌈H/p⌉·⌈W/p⌉, C] */
  override forward(image: Tensor): Tensor {
    const [, , height, width] = image.shape;
    const over = (size: number): number => (this.patchSize - (size % this.patchSize)) % this.patchSize;
    const sides = [over(height), over(width)] as const;
    const whole =
      sides[0] + sides[1] === 0
        ? image
        : pad(image, [
            [0, sides[0]],
            [0, sides[1]],
          ]);
    const tokens = super.forward(whole);
    return this.norm === undefined ? tokens : this.norm.forward(tokens);
  }
}
