import { vitSizes } from "../../models/vit-sizes.ts";
import type { VitEncoderOptions, VitOptions } from "../../models/vit-options.ts";
import { cutStart, fineTuningStart } from "../../models/vit-start.ts";

const common = { imageSize: 224, positions: "none", qkvBias: "queryAndValue", layerScale: 0.1 } as const;
const base = { ...common, ...vitSizes["vit-b"], patchSize: 16 } as const;
const large = { ...common, ...vitSizes["vit-l"], patchSize: 14 } as const;

/** Students that regress a teacher's map, one table of relative biases for all blocks (section 3.1). */
export const distilledStudents = {
  "vit-b": { ...base, relativePositions: { table: "full", of: "model" }, start: cutStart() },
  "vit-l": { ...large, relativePositions: { table: "full", of: "model" }, start: cutStart() },
} as const satisfies Record<string, VitEncoderOptions>;

const head = { pool: "mean", headScale: 0.001, start: fineTuningStart } as const;

/** The same as classifiers, a table in each block. */
export const distilledClassifiers = {
  "vit-b": { ...base, ...head, relativePositions: { table: "full", of: "block" } },
  "vit-l": { ...large, ...head, relativePositions: { table: "full", of: "block" } },
} as const satisfies Record<string, VitOptions>;
