import { FoveaError } from "../../../errors/fovea-error.ts";
import { scalar, type Tensor } from "../../../graph/tensor.ts";
import { meanSquaredError } from "../../../nn/losses/regression.ts";
import { type DistillationBatch, Distiller, type FeatureShapes, type Pretraining } from "./distiller.ts";
import { flatPositions, requireMap, requireSameLength, sameSide } from "./feature-pairs.ts";
import { summed } from "./summed.ts";

/**
 * FSP: the flow between layers, Gram matrices of consecutive maps, by mean squared error; a phase before the training,
 * which then goes by labels alone. Both networks need equal channels. Source: CVPR 2017, "A Gift from Knowledge
 * Distillation"; RepDistiller distiller_zoo/FSP.py.
 */
export class Fsp extends Distiller {
  /** @throws FoveaError where the lists or their channels differ */
  constructor({ student, teacher }: FeatureShapes) {
    super();
    const channels = (shapes: FeatureShapes["student"]): string =>
      shapes
        .slice(0, -1)
        .map((shape) => requireMap({ shape, dtype: "float32" }).shape[1])
        .join(", ");
    requireSameLength(student, teacher);
    const [s, t] = [channels(student), channels(teacher)];
    if (s !== t)
      throw new FoveaError("distil/channels", `fsp: maps of ${s} channels of the student, ${t} of the teacher`, {
        hint: "it compares Gram matrices and needs equal channels: take networks of one family, or another distiller",
        exitCode: 2,
      });
  }

  loss(): Tensor {
    return scalar(0);
  }

  /** Σ over consecutive maps of the mean squared difference of their Gram matrices. */
  flowLoss({ student, teacher }: Pick<DistillationBatch, "student" | "teacher">): Tensor {
    const [s, t] = [flows(student.features.slice(0, -1)), flows(teacher.features.slice(0, -1))];
    return summed(s.map((flow, i) => meanSquaredError(flow, t[i])));
  }

  override get pretraining(): Pretraining {
    return { loss: (batch) => this.flowLoss(batch), trainsStudent: true, parts: [] };
  }
}

/** Of maps i and i + 1: mean over positions of the products of their channels, [B, C_{i+1}, C_i]. */
function flows(maps: readonly Tensor[]): Tensor[] {
  return maps.slice(0, -1).map((map, i) => {
    const [bottom, top] = sameSide(map, maps[i + 1]);
    const positions = bottom.shape[2] * bottom.shape[3];
    return flatPositions(top).matmul(flatPositions(bottom).transpose()).div(positions);
  });
}
