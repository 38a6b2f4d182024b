import type { Tensor } from "../../graph/tensor.ts";
import { SwinEncoder } from "../../models/swin/swin-encoder.ts";
import type { SwinEncoderOptions } from "../../models/swin/swin-options.ts";
import { truncatedNormal } from "../../nn/initialisers.ts";
import { Parameter } from "../../nn/parameter.ts";
import { maskTokens, type MaskedEncoder } from "./masked-encoder.ts";

/**
 * SimMIM's Swin encoder, V1 or V2: the mask token stands in for embedded patches before absolute positions; all tokens
 * go through the stages. Its last tokens stand for p·2^(stages − 1) pixels, 32 in the named sizes. Source: data-scaling
 * section 3.1 (`SwinTransformerForSimMIM`, `SwinTransformerV2ForSimMIM`).
 */
export class MaskedSwin extends SwinEncoder implements MaskedEncoder {
  readonly mask_token: Parameter;
  readonly stride: number;

  constructor(options: SwinEncoderOptions) {
    super(options);
    this.mask_token = new Parameter([1, 1, options.width], truncatedNormal());
    this.stride = (options.patchSize ?? 4) * 2 ** (options.depths.length - 1);
  }

  /**
   * [B, 3, S, S] → [B, (S/stride)², 8C]
   * @param masks [B, S/p, S/p], 1 where a token is masked and 0 elsewhere
   */
  forward(images: Tensor, masks: Tensor): Tensor {
    return this.encode(maskTokens(this.patch_embed.forward(images), masks, this.mask_token));
  }
}
