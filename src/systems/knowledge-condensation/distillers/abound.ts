import type { Tensor } from "../../../graph/tensor.ts";
import { scalar } from "../../../graph/tensor.ts";
import type { Shape } from "../../../graph/dtype.ts";
import { type DistillationBatch, Distiller, type FeatureShapes, type Pretraining } from "./distiller.ts";
import { intermediate, requireMap, requireSameLength } from "./feature-pairs.ts";
import { Regressor } from "./regressor.ts";
import { summed } from "./summed.ts";

/**
 * AB: the student's body learns on which side of 0 the teacher's neurons are, in a phase before the training, which then
 * goes by labels (and logits) alone. Source: arXiv 1811.03233; RepDistiller distiller_zoo/AB.py.
 */
export class ActivationBoundaries extends Distiller {
  /** By place; a pair of equal channels and side has none. */
  readonly connectors: Readonly<Record<string, Regressor>>;

  constructor({ student, teacher }: FeatureShapes) {
    super();
    const [s, t] = [intermediate(student), intermediate(teacher)];
    requireSameLength(s, t);
    this.connectors = Object.fromEntries(
      s.flatMap((shape, i) => (alike(shape, t[i]) ? [] : [[String(i), new Regressor(shape, t[i], { relu: false })]])),
    );
  }

  loss(): Tensor {
    return scalar(0);
  }

  /** Σ of `boundary` over pairs and elements · 3/1000/B, the last pair whole and each before it half the next. */
  boundaryLoss({ student, teacher }: Pick<DistillationBatch, "student" | "teacher">): Tensor {
    const [s, t] = [intermediate(student.preactivations), intermediate(teacher.preactivations)];
    const rows = s[0]?.shape[0] ?? 1;
    return summed(
      s.map((map, i) => {
        const connected = this.connectors[i]?.forward(map) ?? map;
        return boundary(connected, t[i]).mul((2 ** (i - s.length + 1) * 3) / 1000 / rows);
      }),
    );
  }

  override get trained(): [] {
    return [];
  }

  override get pretraining(): Pretraining {
    return { loss: (batch) => this.boundaryLoss(batch), trainsStudent: true, parts: [this] };
  }
}

const alike = (a: Shape, b: Shape): boolean =>
  requireMap({ shape: a, dtype: "float32" }).shape[1] === b[1] && a[2] === b[2];

/** Σ (s + 1)² where s > −1 and t ≤ 0, (s − 1)² where s ≤ 1 and t > 0. */
function boundary(s: Tensor, t: Tensor): Tensor {
  const active = t.greater(0);
  const over = s.add(1).relu(); // (s + 1)² above −1
  const under = s.neg().add(1).relu(); // (s − 1)² below 1
  return active.where(under.mul(under), over.mul(over)).sum();
}
