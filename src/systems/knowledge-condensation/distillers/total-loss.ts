import type { Tensor } from "../../../graph/tensor.ts";
import { crossEntropy } from "../../../nn/losses/cross-entropy.ts";
import { klDivergence } from "../../../nn/losses/distillation.ts";
import type { LossWeights } from "./distiller.ts";

export interface TotalLossInputs {
  /** [B, K] */
  readonly student: Tensor;
  readonly teacher: Tensor;
  /** int64 [B] */
  readonly labels: Tensor;
  /** L; undefined: none. */
  readonly feature: Tensor | undefined;
  readonly weights: LossWeights;
  /** T of the divergence. */
  readonly temperature: number;
}

/** γ·CE + a·T²·KL(softmax(z_t/T) ‖ softmax(z_s/T)) + b·L; a term of weight 0 is not built. */
export function totalLoss({ student, teacher, labels, feature, weights, temperature }: TotalLossInputs): Tensor {
  const terms = [
    weights.crossEntropy === 0 ? undefined : crossEntropy(student, labels).mul(weights.crossEntropy),
    weights.kd === 0
      ? undefined
      : klDivergence(student, teacher.stopGradient(), { temperature }).mul(weights.kd * temperature ** 2),
    weights.feature === 0 ? undefined : feature?.mul(weights.feature),
  ].filter((term) => term !== undefined);
  return terms.length === 0 ? student.sum().mul(0) : terms.reduce((sum, term) => sum.add(term));
}
