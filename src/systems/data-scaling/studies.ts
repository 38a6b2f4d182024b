import { defineStudy, type StudyContext } from "../../train/study.ts";
import { measuredTable } from "./measured-table.ts";
import { published as publishedTable } from "./published.ts";
import { studyPlan } from "./study-plan.ts";
import { noSettings, studySettingsSchema, type StudySettings } from "./study-settings.ts";
import { tableResult } from "./table-result.ts";

const micro = {
  schema: studySettingsSchema,
  plan: studyPlan,
  result: (settings: StudySettings, context: StudyContext) => tableResult(measuredTable(settings, context)),
};

/** What CI changes: a cell of each kind in seconds. */
const small = {
  data: { count: 64, valCount: 32 },
  images: [16, 64],
  lengths: [8, 16],
  batchSize: 8,
  validation: { images: 16, trainImages: 16, batchSize: 16 },
  fineTuning: { images: 16, epochs: 1, batchSize: 8 },
};

/** Does it run at all: 6 cells without fine-tuning. Presets of data-scaling section 9. */
export const smoke = defineStudy({
  ...micro,
  about: "micro-S on 32 and 1,024 images, 3 lengths, no fine-tuning: a minute, to see the runner work",
  settings: { sizes: ["S"], images: [32, 1024], lengths: [100, 200, 400], seeds: [0], fineTuning: { images: 0 } },
  smoke: small,
});

/** 18 cells: the signs of over-fitting and of what it does to the score. */
export const quick = defineStudy({
  ...micro,
  about: "2 sizes, 3 data sets, 3 lengths, fine-tuned on 1,000 labels",
  settings: {
    ...{ sizes: ["S", "B"], images: [32, 256, 4096], lengths: [300, 600, 1200], seeds: [0] },
    fineTuning: { images: 1000 },
  },
  smoke: small,
});

/**
 * 72 cells: can masked pre-training use more data, and does validation loss rank the cells? Run, on CIFAR-10:
 * fovea sweep data-scaling/study data.root=DIR. Measured result, time and machine: docs/results/data-scaling.md.
 */
export const study = defineStudy({
  ...micro,
  about: "3 sizes, 4 data sets, 3 lengths, 2 seeds, fine-tuned on 2,000 labels: hours on two cores",
  settings: {},
  smoke: { ...small, sizes: ["S", "B"], seeds: [0, 1] },
});

/** The paper's own table, 63 cells: nothing is trained. */
export const published = defineStudy({
  about: "the 63 cells of the paper (arXiv 2206.04664), analysed again: nothing is trained",
  schema: noSettings,
  settings: {},
  smoke: {},
  result: () => tableResult(publishedTable),
});
