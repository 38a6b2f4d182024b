export { alphaOf, lambdaOf, sigmaOf, type NoiseSchedule, type ScheduleName } from "./noise-schedule.ts";
export { schedules } from "./schedules.ts";
export { vpSde } from "./vp-sde.ts";
export { discreteSteps, stableDiffusion } from "./stable-diffusion.ts";
export { cosineSchedule } from "./cosine-schedule.ts";
export { noised, squaredErrors } from "./objective.ts";
export {
  guided,
  guidedNoise,
  imageOf,
  noiseFromImage,
  type Diffusion,
  type NoiseFunction,
  type Values,
} from "./noise-function.ts";
export { clampImage, dynamicThreshold, withCorrection, type ImageCorrection } from "./image-correction.ts";
export { solverProblem, type Prediction, type SolverProblem } from "./solver-model.ts";
export { timeGrid, type Spacing } from "./spacing.ts";
export { singleStep, type SolverType } from "./single-step.ts";
export { fastOrders } from "./fast-orders.ts";
export { dpmSolverFast, dpmSolverPlusFast, dpmSolverSingleStep, type SamplingRange } from "./dpm-solver.ts";
export { dpmMultistep, type MultistepOptions } from "./dpm-multistep.ts";
export { dpmAdaptive, type AdaptiveOptions } from "./dpm-adaptive.ts";
export { ddim } from "./ddim.ts";
export { eulerMaruyama, type EulerMaruyamaOptions } from "./euler-maruyama.ts";
export { denoised, denoisedAsReleased } from "./denoise.ts";
export {
  findSampler,
  samplerNames,
  samplers,
  type Sampler,
  type SamplerName,
  type SamplingOptions,
} from "./samplers.ts";
