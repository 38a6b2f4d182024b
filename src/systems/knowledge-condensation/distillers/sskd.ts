import { hostTensor, type Shape } from "../../../graph/dtype.ts";
import { l2Normalize } from "../../../graph/functions/direction.ts";
import { logSoftmax } from "../../../graph/operators/softmax.ts";
import { constantOf, type Tensor } from "../../../graph/tensor.ts";
import { crossEntropy } from "../../../nn/losses/cross-entropy.ts";
import { Linear } from "../../../nn/linear.ts";
import { Module } from "../../../nn/module.ts";
import { relu, Sequential } from "../../../nn/sequential.ts";
import { type DistillationBatch, Distiller, type FeatureShapes, type Pretraining } from "./distiller.ts";
import { pooled } from "./feature-pairs.ts";

export interface SskdOptions {
  /** Of the rotated copies' logits. */
  readonly logitTemperature?: number;
  /** Of the similarities. */
  readonly similarityTemperature?: number;
  /** Weights of the two terms. */
  readonly logitWeight?: number;
  readonly similarityWeight?: number;
  /** Shares of the copies that the teacher gets wrong which are learnt from nevertheless. */
  readonly wrongLogits?: number;
  readonly wrongSimilarities?: number;
}

/** Linear, ReLU, Linear of equal width; keys `{0,2}`. */
const head = (width: number): Sequential => new Sequential([new Linear(width, width), relu, new Linear(width, width)]);

/**
 * SSKD: beside labels and logits of upright images, the logits of their rotated copies and how similar the copies are to
 * the batch's upright images. The batch holds each image four times in a row, turned by 0°, 90°, 180° and 270°; outputs
 * have 4B rows, labels B. The teacher's head is trained in a phase before. Source: arXiv 2006.07114; its repository.
 */
export class Sskd extends Distiller {
  readonly proj_head: Sequential;
  readonly teacher_head: Head;
  readonly #options: Required<SskdOptions>;

  constructor({ student, teacher }: FeatureShapes, options: SskdOptions = {}) {
    super();
    this.proj_head = head(widthOf(student));
    this.teacher_head = new Head(widthOf(teacher));
    this.#options = {
      logitTemperature: 4,
      similarityTemperature: 0.5,
      logitWeight: 2.7,
      similarityWeight: 10,
      wrongLogits: 1,
      wrongSimilarities: 0.75,
      ...options,
    };
  }

  loss({ student, teacher, labels }: DistillationBatch): Tensor {
    const o = this.#options;
    const truth = eachThrice(labels);
    const logits = keptDivergence(rotated(student.logits), rotated(teacher.logits), {
      truth,
      temperature: o.logitTemperature,
      wrong: o.wrongLogits,
    });
    const similarity = keptDivergence(
      similarities(this.proj_head.forward(pooled(student.features))),
      similarities(this.teacher_head.proj_head.forward(pooled(teacher.features))).stopGradient(),
      {
        truth: eachThrice(counting(labels.shape[0])),
        temperature: o.similarityTemperature,
        wrong: o.wrongSimilarities,
      },
    );
    return logits.mul(o.logitWeight).add(similarity.mul(o.similarityWeight));
  }

  override get trained(): readonly Module[] {
    return [this.proj_head];
  }

  override get pretraining(): Pretraining {
    return {
      loss: ({ teacher, labels }) => {
        const scores = similarities(this.teacher_head.proj_head.forward(pooled(teacher.features)));
        return crossEntropy(scores, eachThrice(counting(labels.shape[0])));
      },
      trainsStudent: false,
      parts: [this.teacher_head],
    };
  }
}

/** The teacher's head under the keys of SSKD's files. */
class Head extends Module {
  readonly proj_head: Sequential;

  constructor(width: number) {
    super();
    this.proj_head = head(width);
  }
}

const widthOf = (shapes: readonly Shape[]): number => pooled(shapes)[1];

/** Rows of the upright images, [4B, ...] → [B, ...]. */
export const upright = (x: Tensor): Tensor =>
  byImage(x)
    .slice(1, 0, 1)
    .reshape([-1, ...x.shape.slice(1)]);

/** Rows of the turned copies, [4B, ...] → [3B, ...]. */
const rotated = (x: Tensor): Tensor =>
  byImage(x)
    .slice(1, 1)
    .reshape([-1, ...x.shape.slice(1)]);

const byImage = (x: Tensor): Tensor => x.reshape([x.shape[0] / 4, 4, ...x.shape.slice(1)]);

/** [B] → [3B], each value three times. */
const eachThrice = (x: Tensor): Tensor => x.reshape([-1, 1]).expand([x.shape[0], 3]).reshape([-1]);

const counting = (rows: number): Tensor =>
  constantOf(
    hostTensor(
      "int64",
      [rows],
      BigInt64Array.from({ length: rows }, (_, i) => BigInt(i)),
    ),
  );

/** Cosines of every turned copy with every upright image: [4B, D] → [3B, B]. */
function similarities(projected: Tensor): Tensor {
  const unit = l2Normalize(projected, { eps: 1e-8 });
  return rotated(unit).matmul(upright(unit).transpose());
}

interface Kept {
  /** int64 [R] */
  readonly truth: Tensor;
  readonly temperature: number;
  /** Share of the wrong rows that is kept. */
  readonly wrong: number;
}

/** τ²·KL(teacher ‖ student), mean over the kept rows of [R, C]: the right ones and the least wrong of the others. */
function keptDivergence(student: Tensor, teacher: Tensor, { truth, temperature, wrong }: Kept): Tensor {
  const [p, q] = [teacher.div(temperature), student.div(temperature)].map((x) => logSoftmax(x));
  const rows = p.exp().mul(p.sub(q)).sum(1);
  const mask = leastWrong(teacher, truth, wrong).stopGradient();
  return rows
    .mul(mask)
    .sum()
    .div(mask.sum())
    .mul(temperature ** 2);
}

/**
 * [R], 1 for the rows whose largest entry is at the truth and for ⌊share·others⌋ of the others, in the order of the rank
 * that the truth has in them.
 */
function leastWrong(scores: Tensor, truth: Tensor, share: number): Tensor {
  const [rows, columns] = scores.shape;
  const hit = truth
    .reshape([rows, 1])
    .equal(counting(columns).reshape([1, columns]))
    .cast("float32");
  const ofTruth = scores.mul(hit).sum(1, { keepDims: true });
  const rank = scores.greater(ofTruth).cast("float32").sum(1); // [R], 0: right
  const order = counting(rows).cast("float32");
  // places in a stable sort by rank
  const key = rank.mul(rows).add(order);
  const place = key
    .reshape([1, rows])
    .less(key.reshape([rows, 1]))
    .cast("float32")
    .sum(1);
  const isWrong = rank.greater(0).cast("float32");
  const wrongRows = isWrong.sum();
  const kept = wrongRows
    .neg()
    .add(rows)
    .add(floor(wrongRows.mul(share)));
  return place.less(kept).cast("float32");
}

/** ⌊x⌋ for small x ≥ 0, free of the rounding of `share`·count. */
const floor = (x: Tensor): Tensor => x.add(1e-4).cast("int64").cast("float32");
