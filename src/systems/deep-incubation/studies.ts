import { defineStudy } from "../../train/study.ts";
import { incubationStudyResult } from "./study-result.ts";
import { studyPlan } from "./study-plan.ts";
import { incubationStudySchema, type IncubationStudySettings } from "./study-settings.ts";

const common = {
  schema: incubationStudySchema,
  plan: studyPlan,
  result: (settings: IncubationStudySettings, context: Parameters<typeof incubationStudyResult>[1]) =>
    Promise.resolve(incubationStudyResult(settings, context)),
};

/** What CI changes: every kind of run in seconds. */
const small = {
  preset: "test",
  data: { count: 64, valCount: 32 },
  seeds: [0],
  metaEpochs: 1,
  endToEndEpochs: [1],
  budgets: [{ module: 1, tuning: 1 }],
};

/**
 * Gates 1 to 4 of section 9: does one shared meta model make modules fit, and is their assembly a start worth having?
 * Run: fovea sweep deep-incubation/gates data.root=CIFAR-10. Measured: docs/results/deep-incubation.md.
 */
export const gates = defineStudy({
  ...common,
  about: "shared meta model against several, against random values and end to end: 3 seeds",
  settings: {
    metaEpochs: 24,
    endToEndEpochs: [24],
    budgets: [{ module: 8, tuning: 8 }],
    arms: ["end-to-end", "from-scratch", "other-metas", "imitation"],
  },
  smoke: small,
});

/** Section 6, budget curve: 25 + 25, 50 + 50 and 100 + 100 epochs of 300, against 200 and 300 end to end. */
export const budget = defineStudy({
  ...common,
  about: "shorter modules and fine-tuning: accuracy against cost",
  settings: {
    budgets: [
      { module: 2.5, tuning: 2.5 },
      { module: 5, tuning: 5 },
      { module: 10, tuning: 10 },
    ],
    endToEndEpochs: [20, 30],
  },
  smoke: { ...small, budgets: [{ module: 1, tuning: 1 }, { module: 1, tuning: 2 }] }, // prettier-ignore
});

/** Section 6, data efficiency: all, half and a quarter of the images, unchanged epochs. */
export const dataFraction = defineStudy({
  ...common,
  about: "fewer training images: does the gap to end-to-end training grow?",
  settings: { preset: "deep", fractions: [0.25, 0.5, 1] },
  smoke: { ...small, fractions: [0.5, 1] },
});

/** Section 6, ablations: deeper meta models, by incubation and by imitation. */
export const metaDepth = defineStudy({
  ...common,
  about: "deeper meta models, by incubation and by imitation",
  settings: { metaDepths: [1, 2, 3], arms: ["imitation"] },
  smoke: { ...small, metaDepths: [1, 2] },
});
