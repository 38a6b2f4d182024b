import { concat } from "../../graph/operators/layout.ts";
import { averagePool } from "../../graph/operators/pool.ts";
import { filled, type Tensor } from "../../graph/tensor.ts";
import { BatchNorm } from "../../nn/batch-norm.ts";
import type { Conv2d } from "../../nn/conv.ts";
import { Module } from "../../nn/module.ts";
import { Sequential } from "../../nn/sequential.ts";
import type { SeePreactivation } from "./block-group.ts";
import { sameConv } from "./same-conv.ts";

/**
 * Where width or side change: a 1×1 convolution and batch norm called `downsample` (torchvision, RepDistiller) or
 * `shortcut` (kuangliu), or `padded`: every other pixel, channels of zeros on both sides, no parameters (option A of
 * arXiv 1512.03385 §4.2, as in akamaster's code).
 */
export type Shortcut = "downsample" | "shortcut" | "padded";

export interface BlockShape {
  readonly inputs: number;
  /** Width inside the block. */
  readonly width: number;
  readonly stride: number;
  readonly shortcut: Shortcut;
}

/** ReLU(branch(x) + shortcut(x)). */
export abstract class ResidualBlock extends Module {
  readonly downsample: Sequential | undefined;
  readonly shortcut: Sequential | undefined;
  readonly #padding: { readonly stride: number; readonly channels: number } | undefined;

  constructor({ inputs, stride, shortcut }: BlockShape, outputs: number) {
    super();
    const changes = stride !== 1 || inputs !== outputs;
    const projection = (): Sequential =>
      new Sequential([sameConv(inputs, outputs, 1, { stride }), new BatchNorm(outputs)]);
    this.downsample = changes && shortcut === "downsample" ? projection() : undefined;
    this.shortcut = changes && shortcut === "shortcut" ? projection() : undefined;
    this.#padding = changes && shortcut === "padded" ? { stride, channels: outputs - inputs } : undefined;
  }

  /** What is added to the shortcut. */
  protected abstract branch(x: Tensor): Tensor;

  /**
   * [B, in, H, W] → [B, out, H/stride, W/stride]
   *
   * @param see receives the sum before the ReLU
   */
  forward(x: Tensor, see?: SeePreactivation): Tensor {
    const sum = this.branch(x).add(this.residual(x));
    see?.(sum);
    return sum.relu();
  }

  private residual(x: Tensor): Tensor {
    if (this.#padding !== undefined) return padded(x, this.#padding);
    const projection = this.downsample ?? this.shortcut;
    return projection === undefined ? x : projection.forward(x);
  }
}

/** Every stride-th pixel (an average over one), ⌊channels/2⌋ channels of zeros before and the others behind. */
function padded(x: Tensor, { stride, channels }: { readonly stride: number; readonly channels: number }): Tensor {
  const some = stride === 1 ? x : averagePool(x, 1, { stride });
  const zeros = (count: number): Tensor[] =>
    count > 0
      ? [
          filled(
            some.shape.map((size, i) => (i === 1 ? count : size)),
            0,
          ),
        ]
      : [];
  const before = Math.floor(channels / 2);
  return concat([...zeros(before), some, ...zeros(channels - before)], 1);
}

/** Two 3×3 convolutions of `width` channels. */
export class BasicBlock extends ResidualBlock {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;

  constructor(shape: BlockShape) {
    super(shape, shape.width);
    const { inputs, width, stride } = shape;
    this.conv1 = sameConv(inputs, width, 3, { stride });
    this.bn1 = new BatchNorm(width);
    this.conv2 = sameConv(width, width, 3);
    this.bn2 = new BatchNorm(width);
  }

  protected branch(x: Tensor): Tensor {
    const y = this.bn1.forward(this.conv1.forward(x)).relu();
    return this.bn2.forward(this.conv2.forward(y));
  }
}

/** Channels behind a `Bottleneck` for each inside. */
export const bottleneckExpansion = 4;

/** 1×1 to `width`, 3×3 (which takes the stride), 1×1 to 4·width. */
export class Bottleneck extends ResidualBlock {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm;

  constructor(shape: BlockShape) {
    const { inputs, width, stride } = shape;
    super(shape, width * bottleneckExpansion);
    this.conv1 = sameConv(inputs, width, 1);
    this.bn1 = new BatchNorm(width);
    this.conv2 = sameConv(width, width, 3, { stride });
    this.bn2 = new BatchNorm(width);
    this.conv3 = sameConv(width, width * bottleneckExpansion, 1);
    this.bn3 = new BatchNorm(width * bottleneckExpansion);
  }

  protected branch(x: Tensor): Tensor {
    const y = this.bn1.forward(this.conv1.forward(x)).relu();
    const z = this.bn2.forward(this.conv2.forward(y)).relu();
    return this.bn3.forward(this.conv3.forward(z));
  }
}
