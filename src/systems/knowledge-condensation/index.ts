export { knowledgeCondensation } from "./method.ts";
export { knowledgeCondensationSchema, type KnowledgeCondensationRecipe } from "./schema.ts";
export { folder, paper, small, tiny } from "./recipes.ts";
export { Condenser, type Condensation, type CondenserOptions } from "./condenser.ts";
export { keptAfter, epochSizes, visitsRatio, EpochPlan, type StageOptions } from "./stages.ts";
export { ranking, score, valueNames, type ValueName } from "./ranking.ts";
export { applyMixes, mixInto, mixingWeight, type Mixes } from "./mixing.ts";
export { entropy } from "./value-estimates.ts";
export {
  readCondensedSet,
  encodeCondensedSet,
  formatIndices,
  parseIndices,
  type CondensedSet,
} from "./condensed-set.ts";
export { noiseScores, suspectLabels, type NoiseScores, type SuspectLabel } from "./label-noise.ts";
export {
  Distiller,
  type DistillationBatch,
  type ExtraInput,
  type FeatureShapes,
  type LossWeights,
  type NetworkOutputs,
  type Pretraining,
} from "./distillers/distiller.ts";
export { distillerNamed, distillerNames, type DistillerKind, type DistillerName } from "./distillers/list.ts";
export { ActivationBoundaries } from "./distillers/abound.ts";
export { AttentionTransfer } from "./distillers/attention.ts";
export { Correlation } from "./distillers/correlation.ts";
export { Crd, type CrdOptions } from "./distillers/crd.ts";
export { FactorTransfer, Paraphraser } from "./distillers/factor.ts";
export { Fsp } from "./distillers/fsp.ts";
export { Hint } from "./distillers/hint.ts";
export { Nst } from "./distillers/nst.ts";
export { Pkt } from "./distillers/pkt.ts";
export { Rkd } from "./distillers/rkd.ts";
export { Similarity } from "./distillers/similarity.ts";
export { Sskd, type SskdOptions } from "./distillers/sskd.ts";
export { Vid } from "./distillers/vid.ts";
export { observedNetwork, type ObservedNetwork } from "./observed-network.ts";
export { distillationStep, type Distillation } from "./distillation.ts";
