import { globalAveragePool } from "../../graph/functions/adaptive-pool.ts";
import { maxPool } from "../../graph/operators/pool.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { BatchNorm } from "../../nn/batch-norm.ts";
import type { Conv2d } from "../../nn/conv.ts";
import { Linear } from "../../nn/linear.ts";
import type { BlockRange, DividedNetwork } from "../divided-network.ts";
import { BlockGroup } from "./block-group.ts";
import { ConvolutionalClassifier, throughGroups, type FeatureList, type FeatureOptions } from "./classifier.ts";
import { BasicBlock, Bottleneck, bottleneckExpansion, type Shortcut } from "./resnet-blocks.ts";
import { sameConv } from "./same-conv.ts";

export interface ResnetOptions {
  /** Blocks in each of three or four groups. */
  readonly depths: readonly number[];
  /** Width inside the blocks of each group. The first group keeps the side, each later one halves it. */
  readonly widths: readonly number[];
  readonly stemWidth: number;
  readonly block?: "basic" | "bottleneck";
  /** `cifar`: 3×3 of stride 1; `imagenet`: 7×7 of stride 2, then 3×3 max pool of stride 2. */
  readonly stem?: "cifar" | "imagenet";
  readonly shortcut?: Shortcut;
  /** Name of the head's attribute, for official checkpoints. */
  readonly head?: "fc" | "linear";
  /** K */
  readonly classes?: number;
}

/**
 * Residual network: stem, groups of blocks, mean over positions, linear head. Attributes are named as in torchvision
 * and RepDistiller; with `shortcut: "shortcut", head: "linear"` as in kuangliu's code. Features: stem, groups, pooled.
 * Source: arXiv 1512.03385; knowledge-condensation.md §3.
 */
export class Resnet extends ConvolutionalClassifier implements DividedNetwork {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly layer1: BlockGroup;
  readonly layer2: BlockGroup;
  readonly layer3: BlockGroup;
  readonly layer4: BlockGroup | undefined;
  readonly fc: Linear | undefined;
  readonly linear: Linear | undefined;
  readonly #imagenet: boolean;

  constructor(options: ResnetOptions) {
    super();
    const { depths, stemWidth, widths, stem = "cifar", head = "fc", block = "basic", classes = 1000 } = options;
    this.#imagenet = stem === "imagenet";
    this.conv1 = sameConv(3, stemWidth, this.#imagenet ? 7 : 3, { stride: this.#imagenet ? 2 : 1 });
    this.bn1 = new BatchNorm(stemWidth);
    this.layer1 = groupOf(options, 0);
    this.layer2 = groupOf(options, 1);
    this.layer3 = groupOf(options, 2);
    this.layer4 = depths.length > 3 ? groupOf(options, 3) : undefined;
    const linear = new Linear(outputWidth(block, widths[depths.length - 1]), classes);
    this.fc = head === "fc" ? linear : undefined;
    this.linear = head === "linear" ? linear : undefined;
  }

  withFeatures(image: Tensor, options: FeatureOptions = {}): FeatureList {
    const stem = this.stem(image);
    const { map, features } = throughGroups(this.afterStem(stem), this.groups, options);
    const pooled = globalAveragePool(map);
    return { features: [stem, ...features, pooled], logits: this.classify(pooled) };
  }

  /** Stem and pooling: [B, 3, H, W] → [B, C, H', W'] */
  enter(image: Tensor): Tensor {
    return this.afterStem(this.stem(image));
  }

  /** Blocks `start` to `end`, counted through all groups. */
  runBlocks(x: Tensor, { start = 0, end = Infinity }: BlockRange = {}): Tensor {
    let before = 0;
    return this.groups.reduce((y, group) => {
      const [from, to] = [Math.max(start - before, 0), Math.min(end - before, group.length)];
      before += group.length;
      return from < to ? group.run(y, { start: from, end: to }) : y;
    }, x);
  }

  /** Mean over positions and head: [B, C, H, W] → [B, K] */
  leave(map: Tensor): Tensor {
    return this.classify(globalAveragePool(map));
  }

  get blockPaths(): string[] {
    return this.groups.flatMap((group, i) => Array.from({ length: group.length }, (_, j) => `layer${i + 1}.${j}`));
  }

  blockOf(name: string): number {
    return /^(fc|linear)\./.test(name) ? this.blockPaths.length - 1 : 0;
  }

  private get groups(): BlockGroup[] {
    return [this.layer1, this.layer2, this.layer3, this.layer4].filter((group) => group !== undefined);
  }

  private stem(image: Tensor): Tensor {
    return this.bn1.forward(this.conv1.forward(image)).relu();
  }

  private afterStem(stem: Tensor): Tensor {
    return this.#imagenet ? maxPool(stem, 3, { stride: 2, padding: 1 }) : stem;
  }

  private classify(pooled: Tensor): Tensor {
    const head = this.fc ?? this.linear;
    return head === undefined ? pooled : head.forward(pooled);
  }
}

const outputWidth = (block: "basic" | "bottleneck", width: number): number =>
  block === "basic" ? width : width * bottleneckExpansion;

function groupOf(options: ResnetOptions, index: number): BlockGroup {
  const { depths, widths, stemWidth, block = "basic", shortcut = "downsample" } = options;
  const Block = block === "basic" ? BasicBlock : Bottleneck;
  const width = widths[index];
  const before = index === 0 ? stemWidth : outputWidth(block, widths[index - 1]);
  return new BlockGroup(
    Array.from({ length: depths[index] }, (_, i) => {
      const inputs = i === 0 ? before : outputWidth(block, width);
      return new Block({ inputs, width, stride: i === 0 && index > 0 ? 2 : 1, shortcut });
    }),
  );
}
