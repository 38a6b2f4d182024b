import { FoveaError } from "../../../errors/fovea-error.ts";
import type { Shape } from "../../../graph/dtype.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { BatchNorm } from "../../../nn/batch-norm.ts";
import { Conv2d, ConvTranspose2d } from "../../../nn/conv.ts";
import { Module } from "../../../nn/module.ts";
import { requireMap } from "./feature-pairs.ts";

/**
 * From a student's map to the shape of a teacher's: convolution and batch norm, then ReLU unless `relu` is false. 3×3 of
 * stride 2 where the side halves, transposed 4×4 of stride 2 where it doubles, else without padding. Source:
 * RepDistiller models/util.py, ConvReg; FitNets (arXiv 1412.6550).
 */
export class Regressor extends Module {
  readonly conv: Conv2d | ConvTranspose2d;
  readonly bn: BatchNorm;
  readonly #relu: boolean;

  /** @throws FoveaError for sides that no such convolution connects */
  constructor(student: Shape, teacher: Shape, { relu = true } = {}) {
    super();
    this.conv = connecting(student, teacher);
    this.bn = new BatchNorm(teacher[1]);
    this.#relu = relu;
  }

  /** [B, C_s, H_s, W_s] → [B, C_t, H_t, W_t] */
  forward(map: Tensor): Tensor {
    const regressed = this.bn.forward(this.conv.forward(map));
    return this.#relu ? regressed.relu() : regressed;
  }
}

function connecting(student: Shape, teacher: Shape): Conv2d | ConvTranspose2d {
  const [, inputs, height, width] = requireMap({ shape: student, dtype: "float32" }).shape;
  const [, outputs, rows, columns] = requireMap({ shape: teacher, dtype: "float32" }).shape;
  if (height === 2 * rows) return new Conv2d(inputs, outputs, 3, { stride: 2, padding: 1 });
  if (2 * height === rows) return new ConvTranspose2d(inputs, outputs, 4, { stride: 2, padding: 1 });
  if (height >= rows && width >= columns) return new Conv2d(inputs, outputs, [1 + height - rows, 1 + width - columns]);
  throw new FoveaError(
    "distil/regressor",
    `no regressor from a map of side ${height} to one of side ${rows}; it can halve, double, or shrink it`,
    { hint: "choose features of equal side with student.taps and teacherTaps", exitCode: 2 },
  );
}
