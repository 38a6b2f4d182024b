import { scaled, truncatedNormal, xavierUniform, zeros, normal, type Initialiser } from "../nn/initialisers.ts";
import type { ConvOptions } from "../nn/patches.ts";

/** First values of a ViT's parameters; biases of matrices are 0, norms 1 and 0. */
export interface VitStart {
  /** Matrices of the blocks and the head. */
  readonly matrix: Initialiser;
  /** Patch embedding; undefined: PyTorch's Conv2d. */
  readonly patch?: ConvOptions | undefined;
  /** Class and mask token, learned positions. */
  readonly token: Initialiser;
  /** Whether the matrices that end the branches of block l (from 1) are divided by √(2l). */
  readonly shrinking: boolean;
}

/** DeiT, timm: everything N(0, 0.02²), in effect uncut. */
export const deitStart: VitStart = { matrix: truncatedNormal(), token: truncatedNormal(), shrinking: false };

/** The fine-tuning models of BEiT, EVA and Feature Distillation: DeiT's, shrinking with depth. */
export const fineTuningStart: VitStart = { ...deitStart, shrinking: true };

/** SimMIM's ViT: N(0, std²), the patch embedding too, shrinking with depth. */
export const simMimStart = (std = 0.02): VitStart => ({
  matrix: truncatedNormal(std),
  patch: { weightInit: truncatedNormal(std), biasInit: zeros },
  token: truncatedNormal(),
  shrinking: true,
});

/**
 * Pre-training in EVA (std 0.015 for EVA-g) and Feature Distillation's student: everything N(0, std²) cut at one
 * standard deviation, so that the realised one is 0.53956·std; shrinking with depth (eva section 3.2).
 */
export function cutStart(std = 0.02): VitStart {
  const cut = truncatedNormal(std, { low: -std, high: std });
  return { matrix: cut, patch: { weightInit: cut, biasInit: zeros }, token: cut, shrinking: true };
}

/** MAE: matrices Xavier-uniform, the patch embedding as a matrix [D, 3p²]; tokens N(0, 0.02²) (eva section 3.4). */
export const maeStart: VitStart = {
  matrix: xavierUniform(),
  patch: {
    weightInit: (data, [out, ...field], generator) =>
      xavierUniform()(data, [out, field.reduce((product, size) => product * size, 1)], generator),
  },
  token: normal(0, 0.02),
  shrinking: false,
};

/** What ends a branch of block `index` (from 0) starts from. */
export const branchEnd = ({ matrix, shrinking }: VitStart, index: number): Initialiser =>
  shrinking ? scaled(matrix, (2 * (index + 1)) ** -0.5) : matrix;
