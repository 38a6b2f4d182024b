/** The parts of the KL autoencoder. Names as in CompVis/latent-diffusion. Source: u-vit section 3.8. */
import { scaledDotProductAttention } from "../../graph/functions/attention.ts";
import { silu } from "../../graph/functions/elementary.ts";
import { interpolate } from "../../graph/functions/interpolate.ts";
import { pad } from "../../graph/operators/pad.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { Conv2d } from "../../nn/conv.ts";
import { GroupNorm } from "../../nn/group-norm.ts";
import { Module } from "../../nn/module.ts";

/** 32 groups, or as many as there are channels where a small autoencoder has fewer. */
export const autoencoderNorm = (channels: number, groups = 32): GroupNorm =>
  new GroupNorm(Math.min(groups, channels), channels, { eps: 1e-6 });

export const conv3 = (inputs: number, outputs: number): Conv2d => new Conv2d(inputs, outputs, 3, { padding: 1 });

/** Norm, SiLU, 3×3; norm, SiLU, 3×3; beside it the input, through 1×1 where the channels change. */
export class ResnetBlock extends Module {
  readonly norm1: GroupNorm;
  readonly conv1: Conv2d;
  readonly norm2: GroupNorm;
  readonly conv2: Conv2d;
  readonly nin_shortcut: Conv2d | undefined;

  constructor(inputs: number, outputs: number, groups?: number) {
    super();
    this.norm1 = autoencoderNorm(inputs, groups);
    this.conv1 = conv3(inputs, outputs);
    this.norm2 = autoencoderNorm(outputs, groups);
    this.conv2 = conv3(outputs, outputs);
    this.nin_shortcut = inputs === outputs ? undefined : new Conv2d(inputs, outputs, 1);
  }

  /** [B, in, H, W] → [B, out, H, W] */
  forward(x: Tensor): Tensor {
    const first = this.conv1.forward(silu(this.norm1.forward(x)));
    const second = this.conv2.forward(silu(this.norm2.forward(first)));
    return second.add(this.nin_shortcut?.forward(x) ?? x);
  }
}

/** One head of attention over all positions, beside the input; q, k, v and the projection are 1×1 convolutions. */
export class AttnBlock extends Module {
  readonly norm: GroupNorm;
  readonly q: Conv2d;
  readonly k: Conv2d;
  readonly v: Conv2d;
  readonly proj_out: Conv2d;

  constructor(channels: number, groups?: number) {
    super();
    const pointwise = (): Conv2d => new Conv2d(channels, channels, 1);
    this.norm = autoencoderNorm(channels, groups);
    this.q = pointwise();
    this.k = pointwise();
    this.v = pointwise();
    this.proj_out = pointwise();
  }

  /** [B, C, H, W] → the same shape */
  forward(x: Tensor): Tensor {
    const [batch, channels, rows, columns] = x.shape;
    const normed = this.norm.forward(x);
    const tokens = (layer: Conv2d): Tensor =>
      layer
        .forward(normed)
        .reshape([batch, channels, rows * columns])
        .permute([0, 2, 1]); // [B, H·W, C]
    const attended = scaledDotProductAttention(tokens(this.q), tokens(this.k), tokens(this.v));
    return x.add(this.proj_out.forward(attended.permute([0, 2, 1]).reshape(x.shape)));
  }
}

/** Half the size: zeros at the right and the bottom only, then 3×3 with stride 2. */
export class Downsample extends Module {
  readonly conv: Conv2d;

  constructor(channels: number) {
    super();
    this.conv = new Conv2d(channels, channels, 3, { stride: 2 });
  }

  /** [B, C, H, W] → [B, C, ⌊H/2⌋, ⌊W/2⌋] */
  forward(x: Tensor): Tensor {
    return this.conv.forward(
      pad(x, [
        [0, 1],
        [0, 1],
      ]),
    );
  }
}

/** Twice the size: each pixel four times, then 3×3. */
export class Upsample extends Module {
  readonly conv: Conv2d;

  constructor(channels: number) {
    super();
    this.conv = conv3(channels, channels);
  }

  /** [B, C, H, W] → [B, C, 2H, 2W] */
  forward(x: Tensor): Tensor {
    const [, , rows, columns] = x.shape;
    return this.conv.forward(interpolate(x, [2 * rows, 2 * columns], { mode: "nearest" }));
  }
}
