import type { Tensor } from "../../graph/tensor.ts";
import { beitAsVit, type BeitOptions } from "../../models/beit.ts";
import { VitEncoder } from "../../models/vit-encoder.ts";
import { truncatedNormal } from "../../nn/initialisers.ts";
import { Parameter } from "../../nn/parameter.ts";
import { maskTokens, type MaskedEncoder } from "./masked-encoder.ts";

/**
 * SimMIM's ViT encoder: the mask token stands in for masked patches right after patch embedding; all tokens, masked or
 * not, go through the blocks. Source: data-scaling section 3.7 (`VisionTransformerForSimMIM`).
 */
export class MaskedVit extends VitEncoder implements MaskedEncoder {
  readonly mask_token: Parameter;
  readonly outputWidth: number;
  readonly stride: number;

  constructor(options: Omit<BeitOptions, "relativePositions">) {
    super(beitAsVit({ ...options, relativePositions: "model" }));
    this.mask_token = new Parameter([1, 1, this.width], truncatedNormal(0.02, { low: -0.02, high: 0.02 }));
    this.outputWidth = this.width;
    this.stride = options.patchSize;
  }

  /**
   * Features of the patches, without the class token: [B, 3, S, S] → [B, P², D].
   * @param masks [B, P, P], 1 where a token is masked and 0 elsewhere
   */
  forward(images: Tensor, masks: Tensor): Tensor {
    return this.encode(maskTokens(this.patch_embed.forward(images), masks, this.mask_token)).slice(1, 1);
  }
}
