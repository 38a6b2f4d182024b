import { softplus } from "../../../graph/operators/activations.ts";
import type { Shape } from "../../../graph/dtype.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { Conv2d } from "../../../nn/conv.ts";
import { constantValue } from "../../../nn/initialisers.ts";
import { Module } from "../../../nn/module.ts";
import { Parameter } from "../../../nn/parameter.ts";
import { relu, Sequential } from "../../../nn/sequential.ts";
import { type DistillationBatch, Distiller, type FeatureShapes } from "./distiller.ts";
import { intermediate, requireMap, sameSide, zipped } from "./feature-pairs.ts";
import { summed } from "./summed.ts";

/** Least variance, and the one of the start. */
const eps = 1e-5;
const firstVariance = 5;

/** A Gaussian of the teacher's map given the student's: mean by 1×1 convolutions, a variance for each channel. */
class Variational extends Module {
  readonly regressor: Sequential;
  readonly log_scale: Parameter;

  constructor(student: Shape, teacher: Shape) {
    super();
    const [inputs, outputs] = [requireMap({ shape: student, dtype: "float32" }).shape[1], teacher[1]];
    const pointwise = (from: number): Conv2d => new Conv2d(from, outputs, 1, { bias: false });
    this.regressor = new Sequential([pointwise(inputs), relu, pointwise(outputs), relu, pointwise(outputs)]);
    this.log_scale = new Parameter([outputs], constantValue(Math.log(Math.exp(firstVariance - eps) - 1)));
  }

  /** Mean of ½[(μ − t)²/σ² + ln σ²]. */
  forward(student: Tensor, teacher: Tensor): Tensor {
    const [s, t] = sameSide(student, teacher);
    const error = this.regressor.forward(s).sub(t);
    const variance = softplus(this.log_scale).add(eps).reshape([1, -1, 1, 1]);
    return error.mul(error).div(variance).add(variance.log()).mul(0.5).mean();
  }
}

/** VID: −log likelihood of the teacher's maps under a Gaussian around the student's. Source: arXiv 1904.05835. */
export class Vid extends Distiller {
  readonly pairs: readonly Variational[];

  constructor({ student, teacher }: FeatureShapes) {
    super();
    this.pairs = zipped(intermediate(student), intermediate(teacher)).map(([s, t]) => new Variational(s, t));
  }

  loss({ student, teacher }: DistillationBatch): Tensor {
    const pairs = zipped(intermediate(student.features), intermediate(teacher.features));
    return summed(pairs.map(([s, t], i) => this.pairs[i].forward(s, t)));
  }
}
