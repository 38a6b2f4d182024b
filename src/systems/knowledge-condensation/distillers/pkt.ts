import { l2Norm } from "../../../graph/functions/direction.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { type DistillationBatch, Distiller } from "./distiller.ts";
import { flatRows, pooled } from "./feature-pairs.ts";

const eps = 1e-7;

/** PKT: KL of the batch's cosine affinities, (cos + 1)/2 in rows of sum 1, mean over B². Source: arXiv 1803.10837. */
export class Pkt extends Distiller {
  loss({ student, teacher }: DistillationBatch): Tensor {
    const s = affinities(flatRows(pooled(student.features)));
    const t = affinities(flatRows(pooled(teacher.features)));
    return t.mul(t.add(eps).div(s.add(eps)).log()).mean();
  }
}

/** [B, D] → [B, B], rows of sum 1 */
function affinities(x: Tensor): Tensor {
  const unit = x.div(l2Norm(x, -1, { keepDims: true }).add(eps));
  const similarity = unit.matmul(unit.transpose()).add(1).div(2);
  return similarity.div(similarity.sum(1, { keepDims: true }));
}
