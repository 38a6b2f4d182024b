import type { Tensor } from "../../graph/tensor.ts";
import { VitEncoder } from "../../models/vit-encoder.ts";
import type { VitEncoderOptions } from "../../models/vit-options.ts";
import { cutStart } from "../../models/vit-start.ts";
import { from } from "../../models/vit-block.ts";
import { Linear } from "../../nn/linear.ts";
import { Parameter } from "../../nn/parameter.ts";

export interface FeaturePredictorOptions extends Omit<VitEncoderOptions, "norm"> {
  /** C, width of the teacher's features. */
  readonly targetWidth: number;
}

/**
 * EVA's pre-training network: all tokens, masked ones as a mask token, go through a ViT; `lm_head` predicts the
 * teacher's projected patch features. Biases for q and v. Names as in `VisionTransformerForMaskedImageModeling`.
 * Source: eva section 3.1.
 */
export class FeaturePredictor extends VitEncoder {
  readonly mask_token: Parameter;
  readonly lm_head: Linear;

  constructor({ targetWidth, ...options }: FeaturePredictorOptions) {
    const { start = cutStart() } = options;
    super({ qkvBias: "queryAndValue", ...options, start });
    this.mask_token = new Parameter([1, 1, this.width], start.token);
    this.lm_head = new Linear(this.width, targetWidth, from(start.matrix));
  }

  /**
   * Predicted features of all patches; a loss reads the masked ones: [B, 3, S, S] → [B, N, C].
   * @param masks [B, N], 1 where a patch is masked and 0 elsewhere
   */
  forward(images: Tensor, masks: Tensor): Tensor {
    const tokens = this.patches(images); // [B, N, D]
    const masked = masks.reshape([...masks.shape, 1]);
    const seen = tokens.mul(masked.neg().add(1)).add(this.mask_token.mul(masked));
    return this.lm_head.forward(this.patchTokens(this.encode(seen)));
  }
}
