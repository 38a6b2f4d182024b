import { hostTensor } from "../../../graph/dtype.ts";
import { l2Norm } from "../../../graph/functions/direction.ts";
import { maximum } from "../../../graph/operators/extremes.ts";
import { constantOf, scalar, type Tensor } from "../../../graph/tensor.ts";
import { smoothL1Loss } from "../../../nn/losses/regression.ts";
import { type DistillationBatch, Distiller } from "./distiller.ts";
import { flatRows, pooled } from "./feature-pairs.ts";

/** Weights of the two terms. */
const [distanceWeight, angleWeight] = [25, 50];

/**
 * RKD: smooth L1 of the pairwise distances (in units of their mean) and of the cosines at each corner of all triples, of
 * the pooled vectors. A batch of one sample gives 0. Source: arXiv 1904.05068; RepDistiller distiller_zoo/RKD.py.
 */
export class Rkd extends Distiller {
  loss({ student, teacher }: DistillationBatch): Tensor {
    const [s, t] = [flatRows(pooled(student.features)), flatRows(pooled(teacher.features))];
    if (s.shape[0] < 2) return s.sum().mul(scalar(0));
    const distance = smoothL1Loss(distances(s), distances(t)).mul(distanceWeight);
    return distance.add(smoothL1Loss(cosines(s), cosines(t)).mul(angleWeight));
  }
}

/** [B, D] → [B, B]: Euclidean, divided by their mean, 0 on the diagonal. */
function distances(x: Tensor): Tensor {
  const rows = x.shape[0];
  const squares = x.mul(x).sum(1);
  const squared = squares
    .reshape([rows, 1])
    .add(squares.reshape([1, rows]))
    .sub(x.matmul(x.transpose()).mul(2));
  const d = maximum(squared, 1e-12).sqrt().mul(offDiagonal(rows)); // so all but the diagonal are positive
  return d.div(d.sum().div(rows * (rows - 1)));
}

/** [B, B], 0 on the diagonal, else 1. */
function offDiagonal(rows: number): Tensor {
  const values = new Float32Array(rows * rows).fill(1);
  for (let i = 0; i < rows; i++) values[i * rows + i] = 0;
  return constantOf(hostTensor("float32", [rows, rows], values));
}

/** [B, D] → [B, B, B]: cosine between the directions from sample i to j and to k. */
function cosines(x: Tensor): Tensor {
  const [rows, width] = x.shape;
  const difference = x.reshape([1, rows, width]).sub(x.reshape([rows, 1, width]));
  // a sample's difference to itself is 0: a length of 1 there keeps its gradient finite
  const same = offDiagonal(rows).equal(0).reshape([rows, rows, 1]);
  const ones = same.cast("float32");
  const safe = same.where(ones.expand(difference.shape), difference);
  const length = maximum(l2Norm(safe, -1, { keepDims: true }), 1e-12);
  const unit = difference.div(length);
  return unit.matmul(unit.transpose());
}
