import { globalAveragePool } from "../../graph/functions/adaptive-pool.ts";
import { concat } from "../../graph/operators/layout.ts";
import { averagePool } from "../../graph/operators/pool.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { BatchNorm } from "../../nn/batch-norm.ts";
import type { Conv2d } from "../../nn/conv.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { BlockGroup, type SeePreactivation } from "./block-group.ts";
import { channelShuffle } from "./channel-shuffle.ts";
import { ConvolutionalClassifier, throughGroups, type FeatureList, type FeatureOptions } from "./classifier.ts";
import { sameConv } from "./same-conv.ts";

export interface ShuffleNetV1Options {
  /** Width behind each of the three stages. */
  readonly widths: readonly [number, number, number];
  /** Blocks of each stage; the first halves the side. */
  readonly depths: readonly [number, number, number];
  /** Groups of the 1×1 convolutions. */
  readonly groups: number;
  /** K */
  readonly classes?: number;
}

const stemWidth = 24;

/** 1×1 in groups, shuffle, depthwise 3×3, 1×1 in groups; at stride 2 beside the pooled input, else added to it. */
class ShuffleBlock extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm;
  readonly #groups: number;
  readonly #halves: boolean;

  constructor(inputs: number, outputs: number, halves: boolean, groups: number) {
    super();
    const branch = halves ? outputs - inputs : outputs;
    const middle = Math.floor(branch / 4);
    this.#groups = inputs === stemWidth ? 1 : groups;
    this.#halves = halves;
    this.conv1 = sameConv(inputs, middle, 1, { groups: this.#groups, weightInit: undefined });
    this.bn1 = new BatchNorm(middle);
    this.conv2 = sameConv(middle, middle, 3, { stride: halves ? 2 : 1, groups: middle, weightInit: undefined });
    this.bn2 = new BatchNorm(middle);
    this.conv3 = sameConv(middle, branch, 1, { groups, weightInit: undefined });
    this.bn3 = new BatchNorm(branch);
  }

  /**
   * [B, in, H, W] → [B, out, H/stride, W/stride]
   *
   * @param see receives the map before the last ReLU
   */
  forward(x: Tensor, see?: SeePreactivation): Tensor {
    const first = channelShuffle(this.bn1.forward(this.conv1.forward(x)).relu(), this.#groups);
    const second = this.bn2.forward(this.conv2.forward(first)).relu();
    const third = this.bn3.forward(this.conv3.forward(second));
    const sum = this.#halves ? concat([third, averagePool(x, 3, { stride: 2, padding: 1 })], 1) : third.add(x);
    see?.(sum);
    return sum.relu();
  }
}

/**
 * ShuffleNet for 32-pixel images: 1×1 stem of 24 channels, three stages, mean over positions, linear head. Features:
 * stem, stages, pooled. Everything starts from PyTorch's values.
 * Source: arXiv 1707.01083; knowledge-condensation.md §3.
 */
export class ShuffleNetV1 extends ConvolutionalClassifier {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly layer1: BlockGroup;
  readonly layer2: BlockGroup;
  readonly layer3: BlockGroup;
  readonly linear: Linear;

  constructor({ widths, depths, groups, classes = 10 }: ShuffleNetV1Options) {
    super();
    const stage = (index: number): BlockGroup => {
      const before = index === 0 ? stemWidth : widths[index - 1];
      return new BlockGroup(
        Array.from(
          { length: depths[index] },
          (_, i) => new ShuffleBlock(i === 0 ? before : widths[index], widths[index], i === 0, groups),
        ),
      );
    };
    this.conv1 = sameConv(3, stemWidth, 1, { weightInit: undefined });
    this.bn1 = new BatchNorm(stemWidth);
    this.layer1 = stage(0);
    this.layer2 = stage(1);
    this.layer3 = stage(2);
    this.linear = new Linear(widths[2], classes);
  }

  withFeatures(image: Tensor, options: FeatureOptions = {}): FeatureList {
    const stem = this.bn1.forward(this.conv1.forward(image)).relu();
    const { map, features } = throughGroups(stem, [this.layer1, this.layer2, this.layer3], options);
    const pooled = globalAveragePool(map);
    return { features: [stem, ...features, pooled], logits: this.linear.forward(pooled) };
  }
}
