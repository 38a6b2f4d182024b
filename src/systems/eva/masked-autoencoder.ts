import { concat } from "../../graph/operators/layout.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { sincosPositions } from "../../models/sincos-positions.ts";
import { from, vitBlock } from "../../models/vit-block.ts";
import { VitEncoder } from "../../models/vit-encoder.ts";
import type { VitEncoderOptions } from "../../models/vit-options.ts";
import { maeStart } from "../../models/vit-start.ts";
import type { Block } from "../../nn/block.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Linear } from "../../nn/linear.ts";
import { Parameter } from "../../nn/parameter.ts";
import { selectTokens } from "../../nn/select-tokens.ts";

export interface MaskedAutoencoderOptions extends Omit<VitEncoderOptions, "norm" | "positions" | "classToken"> {
  readonly decoder: { readonly width: number; readonly depth: number; readonly heads: number };
  /** C, width of the teacher's features. */
  readonly targetWidth: number;
}

/**
 * EVA-L's pre-training network: a MAE (arXiv 2111.06377) whose encoder sees the patches that were kept and whose decoder
 * predicts the teacher's features of all; positions are fixed, sin-cos. Names as in `MaskedAutoencoderViT`.
 * Source: eva section 3.4.
 */
export class MaskedAutoencoder extends VitEncoder {
  readonly decoder_embed: Linear;
  readonly mask_token: Parameter;
  readonly decoder_pos_embed: Parameter;
  readonly decoder_blocks: readonly Block[];
  readonly decoder_norm: LayerNorm;
  readonly decoder_pred: Linear;

  constructor({ decoder, targetWidth, ...options }: MaskedAutoencoderOptions) {
    const { start = maeStart, eps = 1e-6, mlpRatio = 4, width } = options;
    super({ ...options, start, positions: "sincos" });
    const positions = sincosPositions(this.side, 1);
    this.decoder_embed = new Linear(width, decoder.width, from(start.matrix));
    this.mask_token = new Parameter([1, 1, decoder.width], start.token);
    this.decoder_pos_embed = new Parameter([1, 1 + this.side ** 2, decoder.width], positions, { trainable: false });
    this.decoder_blocks = Array.from({ length: decoder.depth }, (_, i) =>
      vitBlock({ ...decoder, mlpRatio, eps, start }, this.side, i),
    );
    this.decoder_norm = new LayerNorm(decoder.width, { eps });
    this.decoder_pred = new Linear(decoder.width, targetWidth, from(start.matrix));
  }

  /**
   * Predicted features of all patches: [B, 3, S, S] → [B, N, C].
   * @param kept int64 [B, K] and
   * @param restore int64 [B, N] are what `keepPatches` gives
   */
  forward(images: Tensor, kept: Tensor, restore: Tensor): Tensor {
    return this.decode(this.encode(this.patches(images), { kept }), restore);
  }

  /** Predictions from the encoder's tokens: [B, 1 + K, D] → [B, N, C]. */
  decode(latent: Tensor, restore: Tensor): Tensor {
    const x = this.decoder_embed.forward(latent);
    const [batch, seen, width] = x.shape;
    const missing = this.mask_token.expand([batch, restore.shape[1] + 1 - seen, width]);
    const patches = selectTokens(concat([x.slice(1, 1), missing], 1), restore); // in their places again
    const tokens = concat([x.slice(1, 0, 1), patches], 1).add(this.decoder_pos_embed);
    const decoded = this.decoder_blocks.reduce((y, block) => block.forward(y), tokens);
    return this.decoder_pred.forward(this.decoder_norm.forward(decoded)).slice(1, 1);
  }
}
