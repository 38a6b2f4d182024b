import type { Shape } from "../../../graph/dtype.ts";
import { scalar, type Tensor } from "../../../graph/tensor.ts";
import { Linear } from "../../../nn/linear.ts";
import { Module } from "../../../nn/module.ts";
import { type DistillationBatch, Distiller, type FeatureShapes } from "./distiller.ts";
import { flatRows, pooled } from "./feature-pairs.ts";

/** A plain linear map of the flattened feature; keys as in RepDistiller's LinearEmbed. */
class LinearEmbedding extends Module {
  readonly linear: Linear;

  constructor(shape: Shape, width: number) {
    super();
    this.linear = new Linear(
      shape.slice(1).reduce((product, size) => product * size, 1),
      width,
    );
  }

  /** [B, ...] → [B, width] */
  forward(feature: Tensor): Tensor {
    return this.linear.forward(flatRows(feature));
  }
}

/**
 * CC: with δ_b = |e_s − e_t| of sample b, the mean over b of Σ_d δ_b[d]·δ_{b+1}[d]; both embeddings are trained. A batch
 * of one sample gives 0. Source: RepDistiller distiller_zoo/CC.py.
 */
export class Correlation extends Distiller {
  readonly embed_s: LinearEmbedding;
  readonly embed_t: LinearEmbedding;

  constructor({ student, teacher }: FeatureShapes, { width = 128 }: { readonly width?: number } = {}) {
    super();
    this.embed_s = new LinearEmbedding(pooled(student), width);
    this.embed_t = new LinearEmbedding(pooled(teacher), width);
  }

  loss({ student, teacher }: DistillationBatch): Tensor {
    const [s, t] = [pooled(student.features), pooled(teacher.features)];
    const rows = s.shape[0];
    const delta = this.embed_s.forward(s).sub(this.embed_t.forward(t)).abs();
    if (rows < 2) return delta.sum().mul(scalar(0));
    return delta
      .slice(0, 0, rows - 1)
      .mul(delta.slice(0, 1))
      .sum(1)
      .mean();
  }
}
