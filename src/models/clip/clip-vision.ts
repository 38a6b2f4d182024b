import { FoveaError } from "../../errors/fovea-error.ts";
import { concat } from "../../graph/operators/layout.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { normal } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import { PatchConv } from "../../nn/patches.ts";
import { ClipTransformer, type ClipTransformerOptions } from "./clip-transformer.ts";

export interface ClipVisionOptions extends ClipTransformerOptions {
  /** Side of the square image in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** Width of the common space. */
  readonly embed: number;
}

/**
 * OpenAI's image tower: a ViT with a norm before its blocks and a patch embedding without bias; names as there. The
 * teacher of EVA (projected patches) and of Feature Distillation (all tokens, before the projection).
 * Source: arXiv 2103.00020; eva sections 4.1 and 8, feature-distillation section 3.3.
 */
export class ClipVision extends Module {
  readonly class_embedding: Parameter;
  readonly positional_embedding: Parameter;
  readonly proj: Parameter;
  readonly conv1: PatchConv;
  readonly ln_pre: LayerNorm;
  readonly transformer: ClipTransformer;
  readonly ln_post: LayerNorm;

  /** @throws FoveaError when the patches do not fill the image */
  constructor(options: ClipVisionOptions) {
    super();
    const { width, imageSize, patchSize, embed } = options;
    if (imageSize % patchSize !== 0) {
      const text = `ClipVision: imageSize ${imageSize} is no multiple of patchSize ${patchSize}`;
      throw new FoveaError("models/patch-size", text, { exitCode: 2 });
    }
    const start = normal(0, width ** -0.5);
    this.class_embedding = new Parameter([width], start);
    this.positional_embedding = new Parameter([1 + (imageSize / patchSize) ** 2, width], start);
    this.proj = new Parameter([width, embed], start);
    this.conv1 = new PatchConv(3, width, patchSize, { bias: false });
    this.ln_pre = new LayerNorm(width);
    this.transformer = new ClipTransformer(options);
    this.ln_post = new LayerNorm(width);
  }

  /** [B, 3, S, S] → features [B, E] of the class token */
  forward(image: Tensor): Tensor {
    const first = this.tokens(image).slice(1, 0, 1);
    return this.ln_post.forward(first).reshape([image.shape[0], first.shape[2]]).matmul(this.proj);
  }

  /** Tokens after the last block, class token first: [B, 3, S, S] → [B, 1 + N, W]. */
  tokens(image: Tensor): Tensor {
    const patches = this.conv1.forward(image);
    const [batch, , width] = patches.shape;
    const first = this.class_embedding.reshape([1, 1, width]).expand([batch, 1, width]);
    const tokens = concat([first, patches], 1).add(this.positional_embedding);
    return this.transformer.forward(this.ln_pre.forward(tokens));
  }

  /** `ln_post` of all tokens, as Feature Distillation reads them: [B, 3, S, S] → [B, 1 + N, W]. */
  normalisedTokens(image: Tensor): Tensor {
    return this.ln_post.forward(this.tokens(image));
  }

  /** Projected features of the patches, EVA's targets: [B, 3, S, S] → [B, N, E]. */
  patchFeatures(image: Tensor): Tensor {
    return this.normalisedTokens(image).slice(1, 1).matmul(this.proj);
  }
}
