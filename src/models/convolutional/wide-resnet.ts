import { globalAveragePool } from "../../graph/functions/adaptive-pool.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { BatchNorm } from "../../nn/batch-norm.ts";
import type { Conv2d } from "../../nn/conv.ts";
import { Dropout } from "../../nn/drop-path.ts";
import { zeros } from "../../nn/initialisers.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { ConvolutionalClassifier, type FeatureList, type FeatureOptions } from "./classifier.ts";
import { sameConv } from "./same-conv.ts";

export interface WideResnetOptions {
  /** Width of the stem and of each of the three groups. */
  readonly widths: readonly [number, number, number, number];
  /** Blocks in each group, (depth − 4)/6. */
  readonly blocks: number;
  /** Between the convolutions of each block. Default 0. */
  readonly dropout?: number;
  /** K */
  readonly classes?: number;
}

/** Pre-activation block: BN-ReLU-conv3-BN-ReLU-conv3; where widths differ the 1×1 shortcut takes the activated input. */
class PreactivationBlock extends Module {
  readonly bn1: BatchNorm;
  readonly conv1: Conv2d;
  readonly bn2: BatchNorm;
  readonly conv2: Conv2d;
  readonly convShortcut: Conv2d | undefined;
  readonly dropout: Dropout;

  constructor(inputs: number, outputs: number, stride: number, dropout: number) {
    super();
    this.bn1 = new BatchNorm(inputs);
    this.conv1 = sameConv(inputs, outputs, 3, { stride });
    this.bn2 = new BatchNorm(outputs);
    this.conv2 = sameConv(outputs, outputs, 3);
    this.convShortcut = inputs === outputs ? undefined : sameConv(inputs, outputs, 1, { stride });
    this.dropout = new Dropout(dropout);
  }

  /** [B, in, H, W] → [B, out, H/stride, W/stride] */
  forward(x: Tensor): Tensor {
    const active = this.bn1.forward(x).relu();
    const inner = this.bn2.forward(this.conv1.forward(active)).relu();
    const branch = this.conv2.forward(this.dropout.forward(inner));
    return branch.add(this.convShortcut === undefined ? x : this.convShortcut.forward(active));
  }
}

class PreactivationGroup extends Module {
  readonly layer: readonly PreactivationBlock[];

  constructor(layer: readonly PreactivationBlock[]) {
    super();
    this.layer = layer;
  }

  forward(x: Tensor): Tensor {
    return this.layer.reduce((y, block) => block.forward(y), x);
  }
}

/**
 * Wide residual network. Features: the stem's convolution, the groups' sums (nothing activates them), pooled.
 * Source: arXiv 1605.07146; knowledge-condensation.md §3.
 */
export class WideResnet extends ConvolutionalClassifier {
  readonly conv1: Conv2d;
  readonly block1: PreactivationGroup;
  readonly block2: PreactivationGroup;
  readonly block3: PreactivationGroup;
  readonly bn1: BatchNorm;
  readonly fc: Linear;

  constructor({ widths, blocks, dropout = 0, classes = 10 }: WideResnetOptions) {
    super();
    const group = (index: number, stride: number): PreactivationGroup => {
      const [inputs, outputs] = [widths[index - 1], widths[index]];
      return new PreactivationGroup(
        Array.from({ length: blocks }, (_, i) =>
          i === 0
            ? new PreactivationBlock(inputs, outputs, stride, dropout)
            : new PreactivationBlock(outputs, outputs, 1, dropout),
        ),
      );
    };
    this.conv1 = sameConv(3, widths[0], 3);
    this.block1 = group(1, 1);
    this.block2 = group(2, 2);
    this.block3 = group(3, 2);
    this.bn1 = new BatchNorm(widths[3]);
    this.fc = new Linear(widths[3], classes, { biasInit: zeros });
  }

  /**
   * [B, 3, H, W] → features and logits. With `preactivation` the maps go through the batch norm that follows them; it
   * runs a second time and so, in training, moves its running statistics twice, as in the official code.
   */
  withFeatures(image: Tensor, { preactivation = false }: FeatureOptions = {}): FeatureList {
    const stem = this.conv1.forward(image);
    const first = this.block1.forward(stem);
    const second = this.block2.forward(first);
    const third = this.block3.forward(second);
    const pooled = globalAveragePool(this.bn1.forward(third).relu());
    const logits = this.fc.forward(pooled);
    const maps = [first, second, third];
    const norms = [this.block2.layer[0].bn1, this.block3.layer[0].bn1, this.bn1];
    const features = preactivation ? norms.map((norm, i) => norm.forward(maps[i])) : maps;
    return { features: [stem, ...features, pooled], logits };
  }
}
