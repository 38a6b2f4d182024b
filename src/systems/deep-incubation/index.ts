export { assembleStages, splitStages, StagedVit, stageOf, type StagedVitOptions } from "./model.ts";
export { incubationNetwork, incubationSizes, type IncubationName } from "./sizes.ts";
