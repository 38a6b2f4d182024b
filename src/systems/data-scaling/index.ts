export { dataScaling } from "./method.ts";
export { dataScalingSchema, type DataScalingRecipe } from "./schema.ts";
export { tiny, paper, paperSwin } from "./recipes.ts";
export { SimMim } from "./model.ts";
export { MaskedVit } from "./masked-vit.ts";
export { MaskedSwin } from "./masked-swin.ts";
export type { MaskedEncoder } from "./masked-encoder.ts";
export { maskedLoss, maskedLossPerImage } from "./masked-loss.ts";
export { localStatistics, normalisedTargets, type LocalStatistics } from "./target-normalisation.ts";
