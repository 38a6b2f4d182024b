import { globalAveragePool } from "../../graph/functions/adaptive-pool.ts";
import { maxPool } from "../../graph/operators/pool.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { BatchNorm } from "../../nn/batch-norm.ts";
import { Conv2d } from "../../nn/conv.ts";
import { normal, zeros } from "../../nn/initialisers.ts";
import { Linear } from "../../nn/linear.ts";
import { relu, Sequential, type Layer } from "../../nn/sequential.ts";
import { ConvolutionalClassifier, type FeatureList, type FeatureOptions } from "./classifier.ts";
import { fanOutNormal } from "./same-conv.ts";

export interface VggOptions {
  /** Convolutions in each of the five groups. */
  readonly depths: readonly [number, number, number, number, number];
  readonly widths: readonly [number, number, number, number, number];
  readonly batchNorm?: boolean;
  /** K */
  readonly classes?: number;
}

/**
 * VGG for small images: groups of 3×3 convolutions with ReLU between, halved after each of the first three (four where
 * the image has 64 rows), mean over positions, one linear layer. Features: the activated groups, pooled.
 * Source: arXiv 1409.1556; knowledge-condensation.md §3.
 */
export class Vgg extends ConvolutionalClassifier {
  readonly block0: Sequential;
  readonly block1: Sequential;
  readonly block2: Sequential;
  readonly block3: Sequential;
  readonly block4: Sequential;
  readonly classifier: Linear;

  constructor({ depths, widths, batchNorm = true, classes = 1000 }: VggOptions) {
    super();
    const group = (index: number): Sequential =>
      groupOf(index === 0 ? 3 : widths[index - 1], widths[index], depths[index], batchNorm);
    this.block0 = group(0);
    this.block1 = group(1);
    this.block2 = group(2);
    this.block3 = group(3);
    this.block4 = group(4);
    this.classifier = new Linear(widths[4], classes, { weightInit: normal(0, 0.01), biasInit: zeros });
  }

  withFeatures(image: Tensor, { preactivation = false }: FeatureOptions = {}): FeatureList {
    const features: Tensor[] = [];
    const halved = image.shape[2] === 64 ? 4 : 3;
    let map = image;
    [this.block0, this.block1, this.block2, this.block3, this.block4].forEach((group, i) => {
      const before = group.forward(i > 0 && i <= halved ? maxPool(map, 2) : map);
      map = before.relu();
      features.push(preactivation && i > 0 ? before : map);
    });
    const pooled = globalAveragePool(map);
    return { features: [...features, pooled], logits: this.classifier.forward(pooled) };
  }
}

/** conv-BN-ReLU `depth` times, without the last ReLU. */
function groupOf(inputs: number, width: number, depth: number, batchNorm: boolean): Sequential {
  const layers = Array.from({ length: depth }, (_, i): Layer[] => [
    new Conv2d(i === 0 ? inputs : width, width, 3, { padding: 1, weightInit: fanOutNormal, biasInit: zeros }),
    ...(batchNorm ? [new BatchNorm(width)] : []),
    relu,
  ]);
  return new Sequential(layers.flat().slice(0, -1));
}
