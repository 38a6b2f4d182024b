import { defineStudy } from "../../train/study.ts";
import { armsPlan, armsSchema } from "./arms.ts";
import { armsResult } from "./arms-result.ts";

/**
 * Seven arms, eight paired seeds, as in the calibration of section 9.
 * Run: fovea sweep knowledge-condensation/arms data.root=CIFAR teacher=runs/teacher --yes.
 * Measured result, time and machine: docs/results/knowledge-condensation.md.
 */
export const arms = defineStudy({
  schema: armsSchema,
  plan: armsPlan,
  result: armsResult,
  about: "labels alone, full distillation, condensed with and without mixing, random and lowest subsets, shortened",
  settings: {},
  smoke: {
    teacher: "random",
    teacherModel: { backbone: "mlp", hidden: [16] },
    data: { count: 64, valCount: 32, workers: 0 },
    arms: ["full", "condensed"],
    seeds: [0, 1],
    epochs: 6,
  },
});
