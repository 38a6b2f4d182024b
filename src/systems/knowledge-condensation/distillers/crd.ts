import { hostTensor, type HostTensor, type Shape } from "../../../graph/dtype.ts";
import { l2Normalize } from "../../../graph/functions/direction.ts";
import { gather, indexSelect, ScatterElements } from "../../../graph/operators/gather.ts";
import { concat } from "../../../graph/operators/layout.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { uniform, type Initialiser } from "../../../nn/initialisers.ts";
import { Linear } from "../../../nn/linear.ts";
import { Module } from "../../../nn/module.ts";
import { Buffer } from "../../../nn/parameter.ts";
import { latest, recordUpdate } from "../../../nn/trace.ts";
import { negativesOfOtherClasses } from "./contrast-samples.ts";
import { type DistillationBatch, Distiller, type ExtraInput, type FeatureShapes } from "./distiller.ts";
import { flatRows, pooled } from "./feature-pairs.ts";

const eps = 1e-7;

export interface CrdOptions {
  /** N: rows of the memory, one for each sample of the whole training set. */
  readonly samples: number;
  /** Width of embeddings and memory. */
  readonly width?: number;
  /** K: negatives for each sample. */
  readonly negatives?: number;
  readonly temperature?: number;
  /** Share of a row that stays when it is written. */
  readonly momentum?: number;
}

/** A linear map onto the unit sphere. */
class Embedding extends Module {
  readonly linear: Linear;

  constructor(shape: Shape, width: number) {
    super();
    this.linear = new Linear(
      shape.slice(1).reduce((product, size) => product * size, 1),
      width,
    );
  }

  /** [B, ...] → [B, width] of length 1 */
  forward(feature: Tensor): Tensor {
    return l2Normalize(this.linear.forward(flatRows(feature)));
  }
}

/** The memory banks of both networks; `params` is [K, temperature, Z_s, Z_t, momentum], Z −1 before the first batch. */
class ContrastMemory extends Module {
  readonly params: Buffer;
  readonly memory_v1: Buffer;
  readonly memory_v2: Buffer;

  constructor({ samples, width = 128, negatives = 16384, temperature = 0.07, momentum = 0.5 }: CrdOptions) {
    super();
    const first: Initialiser = (data) => data.set([negatives, temperature, -1, -1, momentum]);
    const bound = 1 / Math.sqrt(width / 3);
    this.params = new Buffer([5], first);
    this.memory_v1 = new Buffer([samples, width], uniform(-bound, bound));
    this.memory_v2 = new Buffer([samples, width], uniform(-bound, bound));
  }
}

/**
 * CRD: each network's embedding is told from K samples of other classes by the other network's memory of its own sample.
 * Sample numbers are those of the whole set, so that a condensed one keeps its rows. Source: arXiv 1910.10699;
 * RepDistiller crd/criterion.py, crd/memory.py.
 */
export class Crd extends Distiller {
  readonly embed_s: Embedding;
  readonly embed_t: Embedding;
  readonly contrast: ContrastMemory;
  override readonly extraInputs: readonly ExtraInput[];
  readonly #options: Required<Pick<CrdOptions, "temperature" | "momentum">>;

  constructor({ student, teacher }: FeatureShapes, options: CrdOptions) {
    super();
    const { width = 128, negatives = 16384, temperature = 0.07, momentum = 0.5 } = options;
    this.embed_s = new Embedding(pooled(student), width);
    this.embed_t = new Embedding(pooled(teacher), width);
    this.contrast = new ContrastMemory(options);
    this.extraInputs = [samplesInput(negatives)];
    this.#options = { temperature, momentum };
  }

  /** `extra.samples` int64 [B, 1 + K]: the sample itself, then the negatives. */
  loss({ student, teacher, indices, extra }: DistillationBatch): Tensor {
    const samples = extra["samples"];
    const [s, t] = [pooled(student.features), pooled(teacher.features)].map((feature, i) =>
      (i === 0 ? this.embed_s : this.embed_t).forward(feature),
    );
    const { memory_v1, memory_v2, params } = this.contrast;
    const normalisers = latest(params);
    const ofStudent = this.scores(s, latest(memory_v2), samples, normalisers.slice(0, 2, 3));
    const ofTeacher = this.scores(t, latest(memory_v1), samples, normalisers.slice(0, 3, 4));
    const before = normalisers.slice(0, 0, 2);
    recordUpdate(params, concat([before, ofStudent.z, ofTeacher.z, normalisers.slice(0, 4)], 0));
    this.remember(memory_v1, indices, s);
    this.remember(memory_v2, indices, t);
    const samplesInSet = memory_v1.shape[0];
    return contrastiveLoss(ofStudent.scores, samplesInSet).add(contrastiveLoss(ofTeacher.scores, samplesInSet));
  }

  /** exp(memory·e/τ)/Z for all samples [B, 1 + K]; Z is fixed by the first batch. */
  private scores(embedding: Tensor, memory: Tensor, samples: Tensor, z: Tensor): { scores: Tensor; z: Tensor } {
    // products with the whole memory are far fewer bytes than K rows of it for each sample
    const products = embedding.matmul(memory.stopGradient().transpose());
    const exponentials = gather(products, samples, 1).div(this.#options.temperature).exp();
    const first = exponentials.mean().mul(memory.shape[0]).reshape([1]);
    const normaliser = z.less(0).where(first, z).stopGradient();
    return { scores: exponentials.div(normaliser), z: normaliser };
  }

  /** row ← normalise(momentum·row + (1 − momentum)·e) */
  private remember(memory: Buffer, indices: Tensor, embedding: Tensor): void {
    const { momentum } = this.#options;
    const old = latest(memory);
    const rows = indexSelect(old, indices)
      .mul(momentum)
      .add(embedding.stopGradient().mul(1 - momentum));
    const updates = l2Normalize(rows);
    const places = indices.reshape([-1, 1]).expand(updates.shape);
    recordUpdate(memory, ScatterElements({ x: old, indices: places, updates }, { axis: 0 }).y);
  }
}

/** −1/B·[Σ ln(P⁺/(P⁺ + K/N + ε)) + Σ ln((K/N)/(P⁻ + K/N + ε))] */
function contrastiveLoss(scores: Tensor, samples: number): Tensor {
  const [rows, columns] = scores.shape;
  const noise = (columns - 1) / samples;
  const positive = scores.slice(1, 0, 1);
  const negatives = scores.slice(1, 1);
  const ofPositive = positive.div(positive.add(noise + eps)).log();
  const ofNegatives = negatives.add(noise + eps).log();
  return ofPositive
    .sum()
    .sub(ofNegatives.sub(Math.log(noise)).sum())
    .neg()
    .div(rows);
}

const samplesInput = (negatives: number): ExtraInput => ({
  name: "samples",
  shape: (rows) => [rows, 1 + negatives],
  fill({ indices, labels, kept, random }): HostTensor {
    const values = new BigInt64Array(indices.length * (1 + negatives));
    const drawn = negativesOfOtherClasses({ indices, labels, kept, negatives, random });
    for (let row = 0; row < indices.length; row++) {
      values[row * (1 + negatives)] = BigInt(indices[row]);
      drawn
        .subarray(row * negatives, (row + 1) * negatives)
        .forEach((sample, k) => (values[row * (1 + negatives) + 1 + k] = BigInt(sample)));
    }
    return hostTensor("int64", [indices.length, 1 + negatives], values);
  },
});
