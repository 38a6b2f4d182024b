import type { Tensor } from "../graph/tensor.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import type { FeatureList } from "./convolutional/classifier.ts";

export interface MlpClassifierOptions {
  /** Values of an image: 3·H·W. */
  readonly inputs: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /** K */
  readonly classes: number;
}

/** Fully connected layers with ReLU between them on all pixels: the smallest network that learns something of images. */
export class MlpClassifier extends Module {
  readonly layers: readonly Linear[];

  constructor({ inputs, hidden, classes }: MlpClassifierOptions) {
    super();
    const widths = [inputs, ...hidden, classes];
    this.layers = widths.slice(1).map((width, i) => new Linear(widths[i], width));
  }

  /** [B, 3, H, W] → the hidden layers' vectors, each [B, D], and logits [B, K] */
  withFeatures(image: Tensor): FeatureList {
    const features: Tensor[] = [];
    let x = image.reshape([image.shape[0], -1]);
    for (const layer of this.layers.slice(0, -1)) features.push((x = layer.forward(x).relu()));
    return { features, logits: (this.layers.at(-1) as Linear).forward(x) }; // there is one for the classes
  }

  /** [B, 3, H, W] → logits [B, K] */
  forward(image: Tensor): Tensor {
    return this.withFeatures(image).logits;
  }
}
