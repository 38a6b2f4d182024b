/** Images to patch tokens and back, without convolution operators. p is the patch size, h and w count patches. */
import { FoveaError } from "../errors/fovea-error.ts";
import { linear } from "../graph/functions/linear.ts";
import { show, type Tensor } from "../graph/tensor.ts";
import { biasUniform, kaimingUniform, type Initialiser } from "./initialisers.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface ConvOptions {
  readonly bias?: boolean;
  readonly weightInit?: Initialiser;
  readonly biasInit?: Initialiser;
}

interface PatchConvOptions extends ConvOptions {
  /** The weight is that of a 3-D convolution of one frame, [D, C, 1, p, p]. */
  readonly temporalKernel?: boolean;
}

/**
 * Convolution whose stride is its kernel, p×p: each patch times a matrix. weight [D, C, p, p] as in PyTorch's Conv2d,
 * which is where it starts from too.
 */
export class PatchConv extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(channels: number, dim: number, patchSize: number, options: PatchConvOptions = {}) {
    super();
    const fanIn = channels * patchSize ** 2;
    const { bias = true, weightInit = kaimingUniform(), biasInit = biasUniform(fanIn) } = options;
    const kernel = options.temporalKernel ? [1, patchSize, patchSize] : [patchSize, patchSize];
    this.weight = new Parameter([dim, channels, ...kernel], weightInit);
    this.bias = bias ? new Parameter([dim], biasInit) : undefined;
  }

  /** [B, C, H, W] → [B, h·w, D], row by row */
  forward(image: Tensor): Tensor {
    const [dim, channels] = this.weight.shape;
    const patchSize = this.weight.shape[this.weight.rank - 1];
    const patches = patchify(image, patchSize); // [B, h·w, C·p·p]
    return linear(patches, this.weight.reshape([dim, channels * patchSize ** 2]), this.bias);
  }
}

/** timm's patch embedding: a `PatchConv` called `proj`. */
export class PatchEmbed extends Module {
  readonly proj: PatchConv;

  constructor(channels: number, dim: number, patchSize: number, options: ConvOptions = {}) {
    super();
    this.proj = new PatchConv(channels, dim, patchSize, options);
  }

  /** [B, C, H, W] → [B, h·w, D] */
  forward(image: Tensor): Tensor {
    return this.proj.forward(image);
  }
}

/**
 * Patch embedding of clips: the same matrix for every frame's patches, weight [D, C, 1, p, p] as in PyTorch's Conv3d.
 * Source: eva section 4.3 (inflation with temporal kernel 1).
 */
export class ClipPatchEmbed extends Module {
  readonly proj: PatchConv;

  constructor(channels: number, dim: number, patchSize: number, options: ConvOptions = {}) {
    super();
    this.proj = new PatchConv(channels, dim, patchSize, { ...options, temporalKernel: true });
  }

  /** [B, T, C, H, W] → [B, T·h·w, D], frame by frame */
  forward(clip: Tensor): Tensor {
    if (clip.rank !== 5)
      throw new FoveaError("shape/patches", `ClipPatchEmbed: clip ${show(clip)} is not [B, T, C, H, W]`);
    const [batch, frames, ...image] = clip.shape;
    const tokens = this.proj.forward(clip.reshape([batch * frames, ...image])); // [B·T, h·w, D]
    return tokens.reshape([batch, frames * tokens.shape[1], tokens.shape[2]]);
  }
}

export interface PointwiseConvOptions extends ConvOptions {
  /** Spatial axes of the weight: 2 as in PyTorch's Conv2d, 1 as in its Conv1d. Default 2. */
  readonly axes?: 1 | 2;
}

/** 1×1 convolution on tokens, weight [out, in, 1, 1] as in PyTorch's Conv2d: a linear map of the channels. */
export class PointwiseConv extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(inputs: number, outputs: number, options: PointwiseConvOptions = {}) {
    super();
    const { bias = true, weightInit = kaimingUniform(), biasInit = biasUniform(inputs), axes = 2 } = options;
    this.weight = new Parameter([outputs, inputs, ...Array<number>(axes).fill(1)], weightInit);
    this.bias = bias ? new Parameter([outputs], biasInit) : undefined;
  }

  /** [..., in] → [..., out], channels last */
  forward(x: Tensor): Tensor {
    const [outputs, inputs] = this.weight.shape;
    return linear(x, this.weight.reshape([outputs, inputs]), this.bias);
  }
}

/**
 * [B, C, H, W] → [B, h·w, C·p·p]: tokens row by row, values in the order (channel, row, column) of a Conv2d weight.
 *
 * @throws FoveaError when p does not divide H and W
 */
export function patchify(image: Tensor, patchSize: number): Tensor {
  const [batch, channels, height, width] = image.shape;
  if (image.rank !== 4 || height % patchSize !== 0 || width % patchSize !== 0) {
    throw new FoveaError("shape/patches", `patches of ${patchSize}: image ${show(image)} does not cut into them`, {
      hint: "an image is [B, C, H, W], H and W multiples of the patch size",
    });
  }
  const [h, w] = [height / patchSize, width / patchSize];
  return image
    .reshape([batch, channels, h, patchSize, w, patchSize])
    .permute([0, 2, 4, 1, 3, 5]) // [B, h, w, C, p, p]
    .reshape([batch, h * w, channels * patchSize ** 2]);
}

/**
 * The inverse of `patchify`: [B, h·w, C·p·p] → [B, C, h·p, w·p]. On the output of a `PointwiseConv` it is PyTorch's
 * PixelShuffle: out[c, p·h+i, p·w+j] = in[c·p² + p·i + j, h, w].
 *
 * @param grid [h, w]; default a square
 */
export function unpatchify(tokens: Tensor, patchSize: number, grid?: readonly [number, number]): Tensor {
  const [batch, count, values] = tokens.shape;
  const [h, w] = grid ?? [Math.sqrt(count), Math.sqrt(count)];
  const channels = values / patchSize ** 2;
  if (tokens.rank !== 3 || h * w !== count || !Number.isInteger(h) || !Number.isInteger(channels)) {
    throw new FoveaError("shape/patches", `unpatchify: ${show(tokens)} is not [B, ${h}·${w}, C·${patchSize}²]`, {
      hint: "name the grid where it is not square",
    });
  }
  return tokens
    .reshape([batch, h, w, channels, patchSize, patchSize])
    .permute([0, 3, 1, 4, 2, 5]) // [B, C, h, p, w, p]
    .reshape([batch, channels, h * patchSize, w * patchSize]);
}
