import type { HostTensor } from "../graph/dtype.ts";
import { lossScaleLimits } from "../optim/loss-scale.ts";
import { lossName, normName, scaleName, skippedName } from "./step-program.ts";

type Outputs = ReadonlyMap<string, HostTensor>;

/**
 * What becomes of a step: `taken`; `skipped`, where a float16 step was not finite and changed nothing but its loss scale;
 * `refused`, where a float32 step was not finite, or a float16 one at the end of its scale: the run stops.
 */
export type StepVerdict = "taken" | "skipped" | "refused";

export function judgeStep(outputs: Outputs): StepVerdict {
  if ([lossName, normName].every((name) => Number.isFinite(scalarOf(outputs, name)))) return "taken";
  const { skippedInARow, least } = lossScaleLimits;
  // without a loss scale both are NaN
  const goesOn = scalarOf(outputs, skippedName) < skippedInARow && scalarOf(outputs, scaleName) >= least;
  return goesOn ? "skipped" : "refused";
}

/** The number that a scalar output holds; NaN where there is none. */
export const scalarOf = (outputs: Outputs, name: string): number => Number(outputs.get(name)?.data[0] ?? NaN);
