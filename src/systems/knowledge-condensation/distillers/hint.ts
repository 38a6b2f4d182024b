import type { Tensor } from "../../../graph/tensor.ts";
import { meanSquaredError } from "../../../nn/losses/regression.ts";
import { type DistillationBatch, Distiller, type FeatureShapes } from "./distiller.ts";
import { at } from "./feature-pairs.ts";
import { Regressor } from "./regressor.ts";

/** FitNet: the mean squared error of a regressed student map against the teacher's. Source: arXiv 1412.6550. */
export class Hint extends Distiller {
  readonly regressor: Regressor;
  readonly #layer: number;

  /** @param layer place in both lists of features */
  constructor({ student, teacher }: FeatureShapes, { layer = 2 }: { readonly layer?: number } = {}) {
    super();
    this.regressor = new Regressor(at(student, layer), at(teacher, layer));
    this.#layer = layer;
  }

  loss({ student, teacher }: DistillationBatch): Tensor {
    return meanSquaredError(
      this.regressor.forward(at(student.features, this.#layer)),
      at(teacher.features, this.#layer),
    );
  }
}
