import { l2Normalize } from "../../../graph/functions/direction.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { type DistillationBatch, Distiller } from "./distiller.ts";
import { flatRows, lastMap } from "./feature-pairs.ts";

/** SP: ‖G_t − G_s‖²_F / B², G the row-normalised Gram matrix of the batch's last maps. Source: arXiv 1907.09682. */
export class Similarity extends Distiller {
  loss({ student, teacher }: DistillationBatch): Tensor {
    const difference = gram(lastMap(teacher.features)).sub(gram(lastMap(student.features)));
    return difference.mul(difference).mean();
  }
}

/** [B, ...] → [B, B] */
function gram(feature: Tensor): Tensor {
  const rows = flatRows(feature);
  return l2Normalize(rows.matmul(rows.transpose()));
}
