export { dataScaling } from "./method.ts";
export { dataScalingSchema, type DataScalingRecipe } from "./schema.ts";
export { tiny, paper } from "./recipes.ts";
export { SimMim, MaskedEncoder } from "./model.ts";
export { maskedLoss, maskedLossPerImage } from "./masked-loss.ts";
export { localStatistics, normalisedTargets, type LocalStatistics } from "./target-normalisation.ts";
