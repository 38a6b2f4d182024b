import { globalAveragePool } from "../../graph/functions/adaptive-pool.ts";
import { concat } from "../../graph/operators/layout.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { BatchNorm } from "../../nn/batch-norm.ts";
import type { Conv2d } from "../../nn/conv.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { BlockGroup, type SeePreactivation } from "./block-group.ts";
import { channelShuffle } from "./channel-shuffle.ts";
import { ConvolutionalClassifier, throughGroups, type FeatureList, type FeatureOptions } from "./classifier.ts";
import { sameConv } from "./same-conv.ts";

export interface ShuffleNetV2Options {
  /** Width behind each of the three stages, and of the last 1×1 convolution. */
  readonly widths: readonly [number, number, number, number];
  /** Blocks of each stage behind the one that halves the side. */
  readonly depths: readonly [number, number, number];
  /** K */
  readonly classes?: number;
}

const stemWidth = 24;
const plainConv = (inputs: number, outputs: number, kernel: number, stride = 1): Conv2d =>
  sameConv(inputs, outputs, kernel, { stride, groups: kernel === 1 ? 1 : inputs, weightInit: undefined });

/** The first half of the channels passes, the second goes through 1×1, depthwise 3×3, 1×1; then both are shuffled. */
class SplitBlock extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm;

  constructor(width: number) {
    super();
    const half = Math.floor(width / 2);
    this.conv1 = plainConv(half, half, 1);
    this.bn1 = new BatchNorm(half);
    this.conv2 = plainConv(half, half, 3);
    this.bn2 = new BatchNorm(half);
    this.conv3 = plainConv(half, half, 1);
    this.bn3 = new BatchNorm(half);
  }

  /**
   * [B, C, H, W], kept.
   *
   * @param see receives both halves before ReLU and shuffle
   */
  forward(x: Tensor, see?: SeePreactivation): Tensor {
    const half = this.bn1.weight?.size ?? 0;
    const passed = x.slice(1, 0, half);
    const first = this.bn1.forward(this.conv1.forward(x.slice(1, half))).relu();
    const second = this.bn2.forward(this.conv2.forward(first));
    const third = this.bn3.forward(this.conv3.forward(second));
    see?.(concat([passed, third], 1));
    return channelShuffle(concat([passed, third.relu()], 1), 2);
  }
}

/** Halves the side: depthwise and 1×1 on the left, 1×1, depthwise and 1×1 on the right, each half of the outputs. */
class DownBlock extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm;
  readonly conv4: Conv2d;
  readonly bn4: BatchNorm;
  readonly conv5: Conv2d;
  readonly bn5: BatchNorm;

  constructor(inputs: number, outputs: number) {
    super();
    const half = Math.floor(outputs / 2);
    this.conv1 = plainConv(inputs, inputs, 3, 2);
    this.bn1 = new BatchNorm(inputs);
    this.conv2 = plainConv(inputs, half, 1);
    this.bn2 = new BatchNorm(half);
    this.conv3 = plainConv(inputs, half, 1);
    this.bn3 = new BatchNorm(half);
    this.conv4 = plainConv(half, half, 3, 2);
    this.bn4 = new BatchNorm(half);
    this.conv5 = plainConv(half, half, 1);
    this.bn5 = new BatchNorm(half);
  }

  /** [B, in, H, W] → [B, out, H/2, W/2] */
  forward(x: Tensor): Tensor {
    const left = this.bn1.forward(this.conv1.forward(x));
    const right = this.bn3.forward(this.conv3.forward(x)).relu();
    const inner = this.bn4.forward(this.conv4.forward(right));
    const halves = [
      this.bn2.forward(this.conv2.forward(left)).relu(),
      this.bn5.forward(this.conv5.forward(inner)).relu(),
    ];
    return channelShuffle(concat(halves, 1), 2);
  }
}

/**
 * ShuffleNetV2 for 32-pixel images: 1×1 stem of 24 channels, three stages, 1×1 convolution, mean over positions, linear
 * head. Features: stem, stages, pooled. Everything starts from PyTorch's values.
 * Source: arXiv 1807.11164; knowledge-condensation.md §3.
 */
export class ShuffleNetV2 extends ConvolutionalClassifier {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly layer1: BlockGroup;
  readonly layer2: BlockGroup;
  readonly layer3: BlockGroup;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly linear: Linear;

  constructor({ widths, depths, classes = 10 }: ShuffleNetV2Options) {
    super();
    const stage = (index: number): BlockGroup => {
      const width = widths[index];
      const down = new DownBlock(index === 0 ? stemWidth : widths[index - 1], width);
      return new BlockGroup([down, ...Array.from({ length: depths[index] }, () => new SplitBlock(width))]);
    };
    this.conv1 = plainConv(3, stemWidth, 1);
    this.bn1 = new BatchNorm(stemWidth);
    this.layer1 = stage(0);
    this.layer2 = stage(1);
    this.layer3 = stage(2);
    this.conv2 = plainConv(widths[2], widths[3], 1);
    this.bn2 = new BatchNorm(widths[3]);
    this.linear = new Linear(widths[3], classes);
  }

  withFeatures(image: Tensor, options: FeatureOptions = {}): FeatureList {
    const stem = this.bn1.forward(this.conv1.forward(image)).relu();
    const { map, features } = throughGroups(stem, [this.layer1, this.layer2, this.layer3], options);
    const pooled = globalAveragePool(this.bn2.forward(this.conv2.forward(map)).relu());
    return { features: [stem, ...features, pooled], logits: this.linear.forward(pooled) };
  }
}
