export { FeatureDistillation, type FeatureNetwork, distillationLoss, whitened } from "./model.ts";
