export { classify, fineTuningSchedule } from "./method.ts";
export { classifySchema, type ClassifyRecipe } from "./schema.ts";
export { tiny, small } from "./recipes.ts";
export { predict, Predictor, type ImagePrediction, type Prediction, type PredictOptions } from "./predict.ts";
export { parseClassifierMetadata, type ClassifierMetadata } from "./model-metadata.ts";
export { preprocess } from "./preprocess.ts";
export { mixUp, smoothedTargets } from "./soft-targets.ts";
