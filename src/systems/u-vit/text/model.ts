import { silu } from "../../../graph/functions/elementary.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { ClipText } from "../../../models/clip/clip-text.ts";
import { Conv2d } from "../../../nn/conv.ts";
import { GroupNorm } from "../../../nn/group-norm.ts";
import { constantValue } from "../../../nn/initialisers.ts";
import { Linear } from "../../../nn/linear.ts";
import { Module } from "../../../nn/module.ts";
import { Parameter } from "../../../nn/parameter.ts";
import { Sequential } from "../../../nn/sequential.ts";
import type { TextEncoderRecipe } from "./schema.ts";
import { vocabularySize } from "./words.ts";

/** The recipe's text encoder: a small causal transformer of the form of CLIP's. */
export const textEncoderOf = ({ model, words }: Pick<TextEncoderRecipe, "model" | "words">): ClipText =>
  new ClipText({
    width: model.width,
    layers: model.layers,
    heads: model.heads,
    embed: model.embed,
    contextLength: model.tokens,
    vocabulary: vocabularySize(words),
    activation: "gelu",
  });

/**
 * The images' side while the text encoder is trained: three convolutions (the probe's of u-vit section 9.4), their
 * spatial mean, a linear map to the common space; and the temperature.
 */
export class ImageSide extends Module {
  readonly layers: Sequential;
  readonly head: Linear;
  /** log s, from log(1/0.07). */
  readonly logScale: Parameter;

  constructor(embed: number) {
    super();
    const convolution = (inputs: number, outputs: number, stride: number) => [
      new Conv2d(inputs, outputs, 3, { stride, padding: 1 }),
      new GroupNorm(8, outputs),
      silu,
    ];
    this.layers = new Sequential([...convolution(3, 32, 1), ...convolution(32, 64, 2), ...convolution(64, 64, 2)]);
    this.head = new Linear(64, embed, { bias: false });
    this.logScale = new Parameter([1], constantValue(Math.log(1 / 0.07)));
  }

  /** [B, 3, S, S] → [B, E] */
  forward(images: Tensor): Tensor {
    const map = this.layers.forward(images);
    const [batch, channels, rows, columns] = map.shape;
    return this.head.forward(map.reshape([batch, channels, rows * columns]).mean(2));
  }
}
