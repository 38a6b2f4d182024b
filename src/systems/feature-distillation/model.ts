import { layerNorm } from "../../graph/operators/layer-norm.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { smoothL1Loss } from "../../nn/losses/regression.ts";
import { Module } from "../../nn/module.ts";
import { PointwiseConv } from "../../nn/patches.ts";

/** A network that gives its last map: [B, 3, H, W] → [B, N, C], class token first where it has one. */
export interface FeatureNetwork extends Module {
  features(images: Tensor): Tensor;
}

/**
 * A student, its projector, and the frozen teacher whose whitened map it regresses. Names as in the official code
 * (`FD`): `encoder`, `decoder.0` [C_t, C_s, 1], `feature_model`. Source: arXiv 2205.14141, feature-distillation section 3.
 */
export class FeatureDistillation<S extends FeatureNetwork, T extends FeatureNetwork> extends Module {
  readonly encoder: S;
  readonly feature_model: T;
  readonly decoder: readonly [PointwiseConv];

  constructor(encoder: S, teacher: T, { studentWidth, teacherWidth }: Record<"studentWidth" | "teacherWidth", number>) {
    super();
    this.encoder = encoder;
    this.feature_model = teacher;
    this.decoder = [new PointwiseConv(studentWidth, teacherWidth, { axes: 1 })];
  }

  /** A student's map [B, N, C_s] in the teacher's channels [B, N, C_t]. */
  project(student: Tensor): Tensor {
    return this.decoder[0].forward(student);
  }

  /** What the student regresses, [B, N, C_t]: no gradient passes into it. */
  target(images: Tensor): Tensor {
    return whitened(this.feature_model.features(images)).stopGradient();
  }

  /** [B, 3, H, W] → the loss, a scalar */
  forward(images: Tensor): Tensor {
    return distillationLoss(this.project(this.encoder.features(images)), this.target(images));
  }
}

/** Each token with mean 0 and variance 1 over its channels, no affine parameters, eps 1e-5; keeps the shape. */
export const whitened = (map: Tensor): Tensor => layerNorm(map);

/** Smooth L1 with β = 2, mean over everything: d²/4 below 2, |d| − 1 above. Source: section 4.1. */
export const distillationLoss = (projected: Tensor, target: Tensor): Tensor =>
  smoothL1Loss(projected, target, { beta: 2 });
