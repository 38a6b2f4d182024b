import type { Tensor } from "../../../graph/tensor.ts";
import { meanSquaredError } from "../../../nn/losses/regression.ts";
import { type DistillationBatch, Distiller } from "./distiller.ts";
import { energyMap } from "./energy-map.ts";
import { intermediate, sameSide, zipped } from "./feature-pairs.ts";
import { summed } from "./summed.ts";

/** AT: mean squared difference of the energy maps of each pair, summed over pairs. Source: arXiv 1612.03928. */
export class AttentionTransfer extends Distiller {
  loss({ student, teacher }: DistillationBatch): Tensor {
    const pairs = zipped(intermediate(student.features), intermediate(teacher.features));
    return summed(
      pairs.map((pair) => {
        const [s, t] = sameSide(...pair);
        return meanSquaredError(energyMap(s), energyMap(t));
      }),
    );
  }
}
