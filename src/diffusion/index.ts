export { alphaOf, discreteSteps, sigmaOf, stableDiffusion, vpSde, type NoiseSchedule } from "./schedules.ts";
export { noised, noiseErrors } from "./objective.ts";
