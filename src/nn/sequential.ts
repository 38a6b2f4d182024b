import type { Tensor } from "../graph/tensor.ts";
import { Module } from "./module.ts";

/** A module of one input and one output, or a function between modules that has no parameters. */
export type Layer = (Module & { forward(x: Tensor): Tensor }) | ((x: Tensor) => Tensor);

export const relu = (x: Tensor): Tensor => x.relu();

/**
 * Layers one after another. Their names are their places, functions counted: `[conv, norm, relu, conv]` has the
 * parameters 0.weight, 1.weight, 3.weight, as PyTorch's Sequential.
 */
export class Sequential extends Module {
  readonly [place: number]: Layer;
  readonly #layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    super();
    this.#layers = layers;
    Object.assign(this, layers);
  }

  forward(x: Tensor): Tensor {
    return this.#layers.reduce((y, layer) => (typeof layer === "function" ? layer(y) : layer.forward(y)), x);
  }
}
