export {
  defineOptimiser,
  type Optimiser,
  type OptimiserStep,
  type ParameterGroup,
  type UpdateRule,
} from "./optimiser.ts";
export { adam, adamw, type AdamOptions } from "./adam.ts";
export { sgd, type SgdOptions } from "./sgd.ts";
export { lamb } from "./lamb.ts";
export {
  constantSchedule,
  cosineSchedule,
  multiStepSchedule,
  perEpoch,
  lagByOne,
  type Schedule,
  type WarmUp,
  type CosineOptions,
  type MultiStepOptions,
} from "./schedules.ts";
export {
  parameterGroups,
  isVectorOrBias,
  vectorsBiasesAnd,
  type GroupOptions,
  type LayerDecay,
} from "./parameter-groups.ts";
export { gradientsOf, globalNorm, clipByGlobalNorm, type ClippedGradients } from "./gradients.ts";
export { ema, shortRunDecay, type Decay, type Ema, type EmaOptions } from "./ema.ts";
export { lossScale, type LossScale } from "./loss-scale.ts";
export { accumulate, type Accumulated, type MicroBatch } from "./accumulate.ts";
