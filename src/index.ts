export {
  evaluate,
  predict,
  train,
  type EvaluateOptions,
  type PredictOptions,
  type TrainedRun,
  type TrainOptions,
} from "./fovea.ts";
export { FoveaError } from "./errors/fovea-error.ts";
export { type ImagePrediction, type Prediction } from "./downstream/classify/predict.ts";
export { defineRecipe, type Recipe } from "./train/recipe.ts";
