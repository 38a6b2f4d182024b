export { assembleStages, splitStages, StagedVit, stageOf, type StagedVitOptions } from "./model.ts";
