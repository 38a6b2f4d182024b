export { predictedClasses, topKAccuracy } from "./accuracy.ts";
export { addToConfusion, confusionMatrix, type ConfusionMatrix } from "./confusion-matrix.ts";
export { classificationScores, type ClassificationScores, type ClassScores } from "./classification-scores.ts";
export { meanAndDeviation, type MeanAndDeviation } from "./mean-and-deviation.ts";
export { RunningMean } from "./running-mean.ts";
export { exponentialMean } from "./exponential-mean.ts";
