import type { Dataset } from "../../data/dataset.ts";
import { evaluationBatches } from "../../data/evaluation-batches.ts";
import { imagenetNormalisation } from "../../data/transforms/normalise.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { predictedClasses, topKAccuracy } from "../../metrics/accuracy.ts";
import { classificationScores, type ClassificationScores } from "../../metrics/classification-scores.ts";
import { confusionMatrix, type ConfusionMatrix } from "../../metrics/confusion-matrix.ts";
import type { Module } from "../../nn/module.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Evaluation, Weights } from "../../train/task.ts";
import { evaluationTransforms } from "../evaluation-transforms.ts";

/** A network from images [B, 3, S, S] to logits [B, K]. */
export interface Classifier extends Module {
  forward(images: Tensor): Tensor;
}

export interface ClassifyEvaluationParts {
  readonly network: Classifier;
  readonly dataset: Dataset;
  /** Indices into the data set. */
  readonly subset: ArrayLike<number>;
  readonly imageSize: number;
  readonly batchSize: number;
  /** Updates between evaluations. */
  readonly every: number;
}

/** Logits of held-out images: `logits` is [images, K], rows as `labels` and `indices`. */
export interface HeldOutLogits {
  readonly logits: Float32Array;
  readonly labels: readonly number[];
  readonly indices: readonly number[];
  readonly classes: number;
}

/** What eval/validation.json holds: everything the report draws. */
export interface ValidationData {
  readonly images: number;
  readonly classNames: readonly string[];
  /** [K][K]: rows are true classes. */
  readonly confusion: readonly (readonly number[])[];
  readonly perClass: readonly {
    readonly name: string;
    readonly precision: number | null;
    readonly recall: number | null;
    readonly f1: number | null;
    readonly support: number;
  }[];
}

/** `val/loss` (cross-entropy without smoothing), `val/accuracy`, `val/balancedAccuracy`, `val/macroF1`; confusion matrix and scores of each class as data. */
export function validationScores(parts: ClassifyEvaluationParts): Evaluation {
  return {
    name: "validation",
    every: parts.every,
    async run(weights) {
      const result = await heldOutLogits(parts, weights);
      const { logits, labels, classes } = result;
      const matrix = confusionMatrix(labels, predictedClasses(logits, classes), classes);
      const scores = classificationScores(matrix);
      return {
        metrics: {
          "val/loss": meanCrossEntropy(result),
          "val/accuracy": scores.accuracy,
          "val/balancedAccuracy": scores.balancedAccuracy,
          "val/macroF1": scores.macroF1,
          ...(classes > 10 ? { "val/top5Accuracy": topKAccuracy(logits, labels, classes, 5) } : {}),
        },
        data: validationData(matrix, scores, parts.dataset.classNames),
      };
    },
  };
}

/** Confusion matrix and scores of each class. */
export function validationData(
  matrix: ConfusionMatrix,
  scores: ClassificationScores,
  classNames: readonly string[],
): ValidationData {
  const classes = classNames.length;
  return {
    images: matrix.counts.reduce((sum, count) => sum + count, 0),
    classNames,
    confusion: classNames.map((_, k) => [...matrix.counts.subarray(k * classes, (k + 1) * classes)]),
    perClass: scores.perClass.map(({ precision, recall, f1, support }, k) => ({
      name: classNames[k],
      precision: finite(precision),
      recall: finite(recall),
      f1: finite(f1),
      support,
    })),
  };
}

/** Runs the network over the held-out images. */
export async function heldOutLogits(
  { network, dataset, subset, imageSize, batchSize }: ClassifyEvaluationParts,
  weights: Weights,
): Promise<HeldOutLogits> {
  const shape = [batchSize, 3, imageSize, imageSize];
  const inputs = { images: { shape, dtype: "float32" } } as const;
  const program = await weights.program("logits", inputs, ({ images }) => ({ logits: network.forward(images) }));
  const transforms = evaluationTransforms(imageSize);
  const batches = await evaluationBatches({
    dataset,
    subset,
    batchSize,
    transforms,
    normalise: imagenetNormalisation,
    imageSize,
  });
  const classes = dataset.classNames.length;
  const logits = new Float32Array(subset.length * classes);
  const labels: number[] = [];
  const indices: number[] = [];
  for await (const batch of batches) {
    const outputs = await program.run({ images: hostTensor("float32", shape, batch.images) });
    const rows = outputs.get("logits")?.data as Float32Array; // declared by the network's own program
    logits.set(rows.subarray(0, batch.valid * classes), labels.length * classes);
    labels.push(...Array.from(batch.labels.subarray(0, batch.valid), Number));
    indices.push(...batch.indices.subarray(0, batch.valid));
  }
  return { logits: logits.subarray(0, labels.length * classes), labels, indices, classes };
}

/** −log softmax(logits)[label], mean over the images; NaN without images. */
export function meanCrossEntropy({ logits, labels, classes }: Omit<HeldOutLogits, "indices">): number {
  let total = 0;
  labels.forEach((label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = row.reduce((all, value) => all + Math.exp(value - most), 0);
    total += Math.log(sum) + most - row[label];
  });
  return total / labels.length;
}

/** JSON has no NaN: undefined scores (a class that is never predicted) are null. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
