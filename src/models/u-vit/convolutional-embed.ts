import { silu } from "../../graph/functions/elementary.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Module } from "../../nn/module.ts";
import { Sequential, type Layer } from "../../nn/sequential.ts";
import { FoveaError } from "../../errors/fovea-error.ts";

/**
 * Patch embedding by a stack: log₂ p convolutions of 3×3 with stride 2 and doubling channels, each with SiLU, then 1×1
 * to D. The ablation names the form only ("a stack of 3×3 convolutions, then 1×1"); widths and activation are ours.
 * Source: u-vit section 3.7.
 */
export class ConvolutionalEmbed extends Module {
  readonly proj: Sequential;

  /** @throws FoveaError when the patch size is no power of two */
  constructor(channels: number, width: number, patchSize: number) {
    super();
    const count = Math.log2(patchSize);
    if (!Number.isInteger(count))
      throw new FoveaError("models/patch-size", `a stack of strides 2 makes no patches of ${patchSize}`, {
        hint: "use a patch size of 2, 4, 8 or 16, or patchEmbed: linear",
        exitCode: 2,
      });
    const widths = Array.from({ length: count }, (_, i) => Math.max(1, width >> (count - 1 - i)));
    const layers = widths.flatMap((out, i): Layer[] => [
      new Conv2d(i === 0 ? channels : widths[i - 1], out, 3, { stride: 2, padding: 1 }),
      silu,
    ]);
    this.proj = new Sequential([...layers, new Conv2d(widths.at(-1) ?? channels, width, 1)]);
  }

  /** [B, C, S, S] → [B, (S/p)², D] */
  forward(image: Tensor): Tensor {
    const map = this.proj.forward(image);
    const [batch, width, rows, columns] = map.shape;
    return map.reshape([batch, width, rows * columns]).permute([0, 2, 1]);
  }
}
