/** Encoder and decoder of the KL autoencoder. Source: u-vit section 3.8. */
import { silu } from "../../graph/functions/elementary.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Conv2d } from "../../nn/conv.ts";
import type { GroupNorm } from "../../nn/group-norm.ts";
import { Module } from "../../nn/module.ts";
import { AttnBlock, autoencoderNorm, conv3, Downsample, ResnetBlock, Upsample } from "./blocks.ts";

export interface CoderOptions {
  /** Channels of the image; default 3. */
  readonly channels?: number;
  /** Of the first level. */
  readonly width: number;
  /** Channels of each level over `width`; each level but the last halves the size. */
  readonly widthFactors: readonly number[];
  /** Residual blocks of a level of the encoder; the decoder has one more. */
  readonly blocks: number;
  /** Channels of the latent. */
  readonly latentChannels: number;
  /**
   * Groups of the norms; default 32. With as many channels they are instance norms, which take flat colours away: small
   * autoencoders use 8 (u-vit section 9.2).
   */
  readonly groups?: number | undefined;
}

/** Residual block, attention, residual block. */
class Middle extends Module {
  readonly block_1: ResnetBlock;
  readonly attn_1: AttnBlock;
  readonly block_2: ResnetBlock;

  constructor(channels: number, groups: number | undefined) {
    super();
    this.block_1 = new ResnetBlock(channels, channels, groups);
    this.attn_1 = new AttnBlock(channels, groups);
    this.block_2 = new ResnetBlock(channels, channels, groups);
  }

  forward(x: Tensor): Tensor {
    return this.block_2.forward(this.attn_1.forward(this.block_1.forward(x)));
  }
}

/** Residual blocks of one size, and what leads to the next size. */
class Level<Resample extends Downsample | Upsample> extends Module {
  readonly block: readonly ResnetBlock[];
  readonly downsample: Resample | undefined;
  readonly upsample: Resample | undefined;

  constructor(
    inputs: number,
    outputs: number,
    { blocks, groups, resample }: { blocks: number; groups: number | undefined; resample: Resample | undefined },
  ) {
    super();
    this.block = Array.from({ length: blocks }, (_, i) => new ResnetBlock(i === 0 ? inputs : outputs, outputs, groups));
    this.downsample = resample instanceof Downsample ? resample : undefined;
    this.upsample = resample instanceof Upsample ? resample : undefined;
  }

  forward(x: Tensor): Tensor {
    const y = this.block.reduce((tensor, block) => block.forward(tensor), x);
    return (this.downsample ?? this.upsample)?.forward(y) ?? y;
  }
}

/** Image [B, C, H, W] → [B, 2Z, H/f, W/f], f = 2^(levels − 1): mean and log variance before `quant_conv`. */
export class Encoder extends Module {
  readonly conv_in: Conv2d;
  readonly down: readonly Level<Downsample>[];
  readonly mid: Middle;
  readonly norm_out: GroupNorm;
  readonly conv_out: Conv2d;

  constructor({ channels = 3, width, widthFactors, blocks, latentChannels, groups }: CoderOptions) {
    super();
    const widths = widthFactors.map((factor) => factor * width);
    const deepest = widths[widths.length - 1];
    this.conv_in = conv3(channels, width);
    this.down = widths.map((out, level) => {
      const resample = level < widths.length - 1 ? new Downsample(out) : undefined;
      return new Level(level === 0 ? width : widths[level - 1], out, { blocks, groups, resample });
    });
    this.mid = new Middle(deepest, groups);
    this.norm_out = autoencoderNorm(deepest, groups);
    this.conv_out = conv3(deepest, 2 * latentChannels);
  }

  forward(image: Tensor): Tensor {
    const x = this.down.reduce((tensor, level) => level.forward(tensor), this.conv_in.forward(image));
    return this.conv_out.forward(silu(this.norm_out.forward(this.mid.forward(x))));
  }
}

/** Latent [B, Z, h, w] → image [B, C, f·h, f·w]. Level l is that of the encoder's level l: the last one runs first. */
export class Decoder extends Module {
  readonly conv_in: Conv2d;
  readonly mid: Middle;
  readonly up: readonly Level<Upsample>[];
  readonly norm_out: GroupNorm;
  readonly conv_out: Conv2d;

  constructor({ channels = 3, width, widthFactors, blocks, latentChannels, groups }: CoderOptions) {
    super();
    const widths = widthFactors.map((factor) => factor * width);
    const deepest = widths[widths.length - 1];
    this.conv_in = conv3(latentChannels, deepest);
    this.mid = new Middle(deepest, groups);
    this.up = widths.map((out, level) => {
      const resample = level > 0 ? new Upsample(out) : undefined;
      return new Level(widths[level + 1] ?? deepest, out, { blocks: blocks + 1, groups, resample });
    });
    this.norm_out = autoencoderNorm(widths[0], groups);
    this.conv_out = conv3(widths[0], channels);
  }

  forward(latent: Tensor): Tensor {
    const first = this.mid.forward(this.conv_in.forward(latent));
    const x = this.up.reduceRight((tensor, level) => level.forward(tensor), first);
    return this.conv_out.forward(silu(this.norm_out.forward(x)));
  }
}
