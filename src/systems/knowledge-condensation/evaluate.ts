import type { Dataset } from "../../data/dataset.ts";
import { evaluationBatches } from "../../data/evaluation-batches.ts";
import { unitNormalisation } from "../../data/transforms/normalise.ts";
import { meanCrossEntropy, validationData } from "../../downstream/classify/evaluate.ts";
import { evaluationTransforms } from "../../downstream/evaluation-transforms.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { predictedClasses, topKAccuracy } from "../../metrics/accuracy.ts";
import { classificationScores } from "../../metrics/classification-scores.ts";
import { confusionMatrix } from "../../metrics/confusion-matrix.ts";
import type { Evaluation, Weights } from "../../train/task.ts";
import type { ObservedNetwork } from "./observed-network.ts";

export interface HeldOutParts {
  readonly student: ObservedNetwork;
  readonly teacher: ObservedNetwork;
  readonly dataset: Dataset;
  /** Indices into the held-out set. */
  readonly subset: ArrayLike<number>;
  readonly imageSize: number;
  readonly batchSize: number;
  readonly every: number;
}

interface HeldOut {
  /** [images, K] */
  readonly student: Float32Array;
  readonly teacher: Float32Array;
  readonly labels: readonly number[];
}

/**
 * `val/accuracy` (and `val/top5Accuracy`), `val/loss`, and against the teacher, which is less noisy than accuracy on few
 * images: `val/klToTeacher` (mean KL(p_T ‖ p_S)), `val/teacherAgreement`; `val/teacherAccuracy` beside them.
 */
export function validationScores(parts: HeldOutParts): Evaluation {
  return {
    name: "validation",
    every: parts.every,
    async run(weights) {
      const { student, teacher, labels } = await heldOutLogits(parts, weights);
      const { classNames } = parts.dataset;
      const classes = classNames.length;
      const predicted = predictedClasses(student, classes);
      const matrix = confusionMatrix(labels, predicted, classes);
      const scores = classificationScores(matrix);
      const ofTeacher = predictedClasses(teacher, classes);
      const share = (hits: (i: number) => boolean): number =>
        labels.reduce((sum, _, i) => sum + Number(hits(i)), 0) / labels.length;
      return {
        metrics: {
          "val/loss": meanCrossEntropy({ logits: student, labels, classes }),
          "val/accuracy": scores.accuracy,
          ...(classes > 10 ? { "val/top5Accuracy": topKAccuracy(student, labels, classes, 5) } : {}),
          "val/klToTeacher": meanDivergence(teacher, student, classes),
          "val/teacherAgreement": share((i) => predicted[i] === ofTeacher[i]),
          "val/teacherAccuracy": share((i) => ofTeacher[i] === labels[i]),
        },
        data: validationData(matrix, scores, classNames),
      };
    },
  };
}

async function heldOutLogits(parts: HeldOutParts, weights: Weights): Promise<HeldOut> {
  const { student, teacher, dataset, subset, imageSize, batchSize } = parts;
  const shape = [batchSize, 3, imageSize, imageSize];
  const inputs = { images: { shape, dtype: "float32" } } as const;
  const program = await weights.program("held-out logits", inputs, ({ images }) => ({
    student: student.observe(images).logits,
    teacher: teacher.observe(images).logits,
  }));
  const batches = await evaluationBatches({
    dataset,
    subset,
    batchSize,
    transforms: evaluationTransforms(imageSize),
    normalise: unitNormalisation,
    imageSize,
  });
  const rows: Record<"student" | "teacher", number[]> = { student: [], teacher: [] };
  const labels: number[] = [];
  for await (const batch of batches) {
    const outputs = await program.run({ images: hostTensor("float32", shape, batch.images) });
    const classes = dataset.classNames.length;
    for (const name of ["student", "teacher"] as const) {
      const logits = outputs.get(name)?.data as Float32Array; // declared above
      for (const value of logits.subarray(0, batch.valid * classes)) rows[name].push(value);
    }
    labels.push(...Array.from(batch.labels.subarray(0, batch.valid), Number));
  }
  return { student: Float32Array.from(rows.student), teacher: Float32Array.from(rows.teacher), labels };
}

/** Mean over rows of KL(softmax(p) ‖ softmax(q)). */
function meanDivergence(p: Float32Array, q: Float32Array, classes: number): number {
  let total = 0;
  for (let start = 0; start < p.length; start += classes) {
    const [logP, logQ] = [p, q].map((logits) => logSoftmaxOf(logits.subarray(start, start + classes)));
    for (let k = 0; k < classes; k++) total += Math.exp(logP[k]) * (logP[k] - logQ[k]);
  }
  return total / (p.length / classes);
}

function logSoftmaxOf(row: Float32Array): Float64Array {
  const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = row.reduce((all, value) => all + Math.exp(value - most), 0);
  return Float64Array.from(row, (value) => value - most - Math.log(sum));
}
