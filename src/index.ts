export { evaluate, predict, train, type EvaluateOptions, type TrainedRun, type TrainOptions } from "./fovea.ts";
export { FoveaError } from "./errors/fovea-error.ts";
export { type RawImage } from "./data/image.ts";
export { type Prediction } from "./serve/image-model.ts";
export { defineRecipe, type Recipe } from "./train/recipe.ts";
