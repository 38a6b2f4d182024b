import type { Tensor } from "../../graph/tensor.ts";
import { logSoftmax } from "../../graph/operators/softmax.ts";
import { crossEntropy } from "../../nn/losses/cross-entropy.ts";
import type { ValueName } from "./ranking.ts";

/** −Σ_c p_c ln p_c of each row, p = softmax(logits), natural logarithm; never NaN. [B, K] → [B] */
export function entropy(logits: Tensor): Tensor {
  const logP = logSoftmax(logits);
  return logP.exp().mul(logP).sum(1).neg();
}

export interface ValueInputs {
  /** [B, K] */
  readonly student: Tensor;
  readonly teacher: Tensor;
  /** int64 [B] */
  readonly labels: Tensor;
}

/** What each sample of a batch is worth for the student, out of the pass that trains it: [B], no gradient. */
export function values(by: ValueName, { student, teacher, labels }: ValueInputs): Tensor {
  const logits = student.stopGradient();
  if (by === "teacher-student-kl") {
    const [p, q] = [logSoftmax(teacher.stopGradient()), logSoftmax(logits)];
    return p.exp().mul(p.sub(q)).sum(1);
  }
  if (by === "loss") return crossEntropy(logits, labels, { reduction: "none" });
  return entropy(logits); // `random` records it too, for its report
}
