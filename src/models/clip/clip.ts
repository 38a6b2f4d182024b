import { l2Normalize } from "../../graph/functions/direction.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { constantValue } from "../../nn/initialisers.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import type { EncodeOptions } from "../vit-encoder.ts";
import { ClipText, type ClipTextOptions } from "./clip-text.ts";

/** An image tower: [B, 3, S, S] → [B, E]. */
export interface ImageTower extends Module {
  forward(image: Tensor, options?: EncodeOptions): Tensor;
}

/** What the towers make of images and texts. */
export interface ClipFeatures {
  /** Unit vectors [B, E]. */
  readonly image: Tensor;
  /** Unit vectors [B, E]. */
  readonly text: Tensor;
  /** s = exp(logit_scale), a scalar. */
  readonly scale: Tensor;
}

/**
 * Images and texts in one space (arXiv 2103.00020): a `ClipVision` as image tower, or a `Vit` with a head (EVA-CLIP).
 * logit_scale starts at ln(1/0.07); training keeps it in [0, ln 100].
 */
export class Clip<V extends ImageTower = ImageTower> extends Module {
  readonly visual: V;
  readonly text: ClipText;
  readonly logit_scale: Parameter;

  constructor(visual: V, text: ClipTextOptions) {
    super();
    this.visual = visual;
    this.text = new ClipText(text);
    this.logit_scale = new Parameter([], constantValue(Math.log(1 / 0.07)));
  }

  /**
   * Images [B, 3, S, S] and ids int64 [B, L].
   * @param options of the image tower: patches that are kept (patch dropout)
   */
  forward(images: Tensor, ids: Tensor, options?: EncodeOptions): ClipFeatures {
    return {
      image: l2Normalize(this.visual.forward(images, options)),
      text: l2Normalize(this.text.forward(ids)),
      scale: this.logit_scale.exp(),
    };
  }
}
