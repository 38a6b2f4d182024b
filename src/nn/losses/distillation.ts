/** Losses of a student's logits against a teacher's. */
import { graphError } from "../../graph/graph-error.ts";
import { logSoftmax } from "../../graph/operators/softmax.ts";
import { sameShape, show, type Tensor } from "../../graph/tensor.ts";

/**
 * KL(softmax(teacher/τ) ‖ softmax(student/τ)) along the last axis, summed and divided by the first axis' size (PyTorch's
 * `batchmean`). Multiply by τ² to keep gradients comparable over temperatures (arXiv 1503.02531 §2). Gradients pass to
 * both: give the teacher's logits with `stopGradient`.
 */
export function klDivergence(
  student: Tensor,
  teacher: Tensor,
  { temperature = 1 }: { readonly temperature?: number } = {},
): Tensor {
  if (!sameShape(student.shape, teacher.shape))
    throw graphError(
      "shape/loss",
      `klDivergence: student ${show(student)} and teacher ${show(teacher)} differ in shape`,
    );
  const cooled = (x: Tensor): Tensor => logSoftmax(temperature === 1 ? x : x.div(temperature));
  const [p, q] = [cooled(teacher), cooled(student)];
  return p.exp().mul(p.sub(q)).sum().div(student.shape[0]);
}
