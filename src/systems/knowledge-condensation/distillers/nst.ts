import { l2Normalize } from "../../../graph/functions/direction.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { type DistillationBatch, Distiller } from "./distiller.ts";
import { flatPositions, intermediate, sameSide, zipped } from "./feature-pairs.ts";
import { summed } from "./summed.ts";

/**
 * NST: squared maximum mean discrepancy of the channels, each flattened to length 1, with the kernel (a·b)²; summed over
 * pairs. Source: arXiv 1707.01219; RepDistiller distiller_zoo/NST.py.
 */
export class Nst extends Distiller {
  loss({ student, teacher }: DistillationBatch): Tensor {
    const pairs = zipped(intermediate(student.features), intermediate(teacher.features));
    return summed(pairs.map(([s, t]) => discrepancy(...sameSide(s, t))));
  }
}

function discrepancy(student: Tensor, teacher: Tensor): Tensor {
  const [s, t] = [student, teacher].map((map) => l2Normalize(flatPositions(map)));
  return kernel(t, t).add(kernel(s, s)).sub(kernel(s, t).mul(2));
}

/** Mean over samples and pairs of channels. */
function kernel(a: Tensor, b: Tensor): Tensor {
  const products = a.matmul(b.transpose()); // [B, C_a, C_b]
  return products.mul(products).mean();
}
