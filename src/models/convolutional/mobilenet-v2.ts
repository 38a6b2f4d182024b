import { globalAveragePool } from "../../graph/functions/adaptive-pool.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { BatchNorm } from "../../nn/batch-norm.ts";
import { normal, zeros } from "../../nn/initialisers.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { relu, Sequential } from "../../nn/sequential.ts";
import { ConvolutionalClassifier, type FeatureList } from "./classifier.ts";
import { sameConv } from "./same-conv.ts";

export interface MobileNetV2Options {
  /** Factor on all widths but the last, which are rounded down. */
  readonly width?: number;
  /** T: channels inside a block for each of its inputs. */
  readonly expansion?: number;
  /** Width before the head; default 1280, times `width` where that is above 1. */
  readonly lastWidth?: number;
  /** K */
  readonly classes?: number;
}

/** 1×1 to expansion·inputs, depthwise 3×3, 1×1 to outputs (no ReLU), residual where nothing changes. */
class InvertedResidual extends Module {
  readonly conv: Sequential;
  readonly #residual: boolean;

  constructor(inputs: number, outputs: number, stride: number, expansion: number) {
    super();
    const inner = inputs * expansion;
    this.conv = new Sequential([
      sameConv(inputs, inner, 1),
      new BatchNorm(inner),
      relu,
      sameConv(inner, inner, 3, { stride, groups: inner }),
      new BatchNorm(inner),
      relu,
      sameConv(inner, outputs, 1),
      new BatchNorm(outputs),
    ]);
    this.#residual = stride === 1 && inputs === outputs;
  }

  /** [B, in, H, W] → [B, out, H/stride, W/stride] */
  forward(x: Tensor): Tensor {
    const branch = this.conv.forward(x);
    return this.#residual ? x.add(branch) : branch;
  }
}

/** Expansion (undefined: the option), width, blocks and first stride of each group. */
const settings: readonly (readonly [number | undefined, number, number, number])[] = [
  [1, 16, 1, 1],
  [undefined, 24, 2, 1],
  [undefined, 32, 3, 2],
  [undefined, 64, 4, 2],
  [undefined, 96, 3, 1],
  [undefined, 160, 3, 2],
  [undefined, 320, 1, 1],
];

/** Groups whose map is a feature. */
const featureGroups = [1, 2, 4, 6];

/**
 * MobileNetV2 for 32-pixel images, with ReLU. Features: stem, groups 1, 2, 4 and 6, pooled; there are none before an
 * activation. Source: arXiv 1801.04381; knowledge-condensation.md §3.
 */
export class MobileNetV2 extends ConvolutionalClassifier {
  readonly conv1: Sequential;
  readonly blocks: readonly Sequential[];
  readonly conv2: Sequential;
  readonly classifier: Sequential;

  constructor({ width = 1, expansion = 6, classes = 1000, ...options }: MobileNetV2Options = {}) {
    super();
    const lastWidth = options.lastWidth ?? Math.floor(1280 * Math.max(1, width));
    let inputs = Math.floor(32 * width);
    this.conv1 = new Sequential([sameConv(3, inputs, 3, { stride: 2 }), new BatchNorm(inputs), relu]);
    this.blocks = settings.map(([t = expansion, channels, count, stride]) => {
      const outputs = Math.floor(channels * width);
      const layers = Array.from({ length: count }, (_, i) => {
        const layer = new InvertedResidual(inputs, outputs, i === 0 ? stride : 1, t);
        inputs = outputs;
        return layer;
      });
      return new Sequential(layers);
    });
    this.conv2 = new Sequential([sameConv(inputs, lastWidth, 1), new BatchNorm(lastWidth), relu]);
    this.classifier = new Sequential([
      new Linear(lastWidth, classes, { weightInit: normal(0, 0.01), biasInit: zeros }),
    ]);
  }

  withFeatures(image: Tensor): FeatureList {
    const stem = this.conv1.forward(image);
    const maps: Tensor[] = [];
    let map = stem;
    for (const group of this.blocks) maps.push((map = group.forward(map)));
    const pooled = globalAveragePool(this.conv2.forward(map));
    return { features: [stem, ...featureGroups.map((i) => maps[i]), pooled], logits: this.classifier.forward(pooled) };
  }
}
