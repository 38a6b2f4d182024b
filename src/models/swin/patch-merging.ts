import { linear } from "../../graph/functions/linear.ts";
import { pad } from "../../graph/operators/pad.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { truncatedNormal } from "../../nn/initialisers.ts";
import { LayerNorm } from "../../nn/layer-norm.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import type { Grid } from "./windows.ts";

/** The grid after merging; an odd side is padded by one. */
export const mergedGrid = ([height, width]: Grid): Grid => [Math.ceil(height / 2), Math.ceil(width / 2)];

/**
 * Every 2 × 2 tokens become one of twice the width: concatenated in the order (0,0), (1,0), (0,1), (1,1) of (row,
 * column), then in V1 norm and matrix, in V2 matrix and norm. An odd side gets a row or column of zeros.
 * Source: swin-backbone section 3.8.
 */
export class PatchMerging extends Module {
  readonly reduction: Linear;
  readonly norm: LayerNorm;

  constructor(width: number, version: 1 | 2, eps?: number) {
    super();
    this.reduction = new Linear(4 * width, 2 * width, { bias: false, weightInit: truncatedNormal() });
    this.norm = new LayerNorm(version === 1 ? 4 * width : 2 * width, eps === undefined ? {} : { eps });
  }

  /** [B, H·W, C] → [B, ⌈H/2⌉·⌈W/2⌉, 2C] */
  forward(x: Tensor, [height, width]: Grid): Tensor {
    const [batch, , channels] = x.shape;
    const [rows, columns] = mergedGrid([height, width]);
    const quads = padded(x.reshape([batch, height, width, channels]), [2 * rows, 2 * columns])
      .reshape([batch, rows, 2, columns, 2, channels])
      .permute([0, 1, 3, 4, 2, 5]) // [B, rows, columns, right, down, C]
      .reshape([batch, rows * columns, 4 * channels]);
    const normFirst = this.norm.weight.shape[0] === 4 * channels;
    return normFirst
      ? linear(this.norm.forward(quads), this.reduction.weight)
      : this.norm.forward(linear(quads, this.reduction.weight));
  }
}

/** A map [B, H, W, C] with zeros at the right and below up to `size`. */
export function padded(map: Tensor, [height, width]: Grid): Tensor {
  const [, h, w] = map.shape;
  if (h === height && w === width) return map;
  return pad(map, [
    [0, height - h],
    [0, width - w],
    [0, 0],
  ]);
}
