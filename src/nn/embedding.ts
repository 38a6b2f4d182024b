import { embedding } from "../graph/operators/gather.ts";
import type { Tensor } from "../graph/tensor.ts";
import { normal, type Initialiser } from "./initialisers.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** A table of vectors, weight [count, D], read by index; starts from N(0, 1) as PyTorch's. */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(count: number, dim: number, initialiser: Initialiser = normal()) {
    super();
    this.weight = new Parameter([count, dim], initialiser);
  }

  /** int64 [...] with values in 0 … count − 1 → [..., D] */
  forward(indices: Tensor): Tensor {
    return embedding(this.weight, indices);
  }
}
