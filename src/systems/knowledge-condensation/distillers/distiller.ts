import type { HostTensor, Shape } from "../../../graph/dtype.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { Module } from "../../../nn/module.ts";
import type { Generator } from "../../../random/generator.ts";

/** What a distiller reads of one of the two networks. */
export interface NetworkOutputs {
  /** [B, K] */
  readonly logits: Tensor;
  /** Maps [B, C, H, W] from the stem to the last, and behind them the pooled vector [B, D]. */
  readonly features: readonly Tensor[];
  /** The same list with the maps before their last activation (AB distillation). */
  readonly preactivations: readonly Tensor[];
}

/** What a distiller's loss is a function of. */
export interface DistillationBatch {
  readonly student: NetworkOutputs;
  /** No gradient passes into it. */
  readonly teacher: NetworkOutputs;
  /** int64 [B] */
  readonly labels: Tensor;
  /** int64 [B]: numbers of the samples in the whole training set. */
  readonly indices: Tensor;
  /** What the distiller asked for beside images and labels, by name. */
  readonly extra: Readonly<Record<string, Tensor>>;
}

/** Shapes of a network's features, batch first. */
export interface FeatureShapes {
  readonly student: readonly Shape[];
  readonly teacher: readonly Shape[];
}

/** Host values that a distiller is fed with each step: CRD's negatives. */
export interface ExtraInput {
  readonly name: string;
  /** Shape for `rows` samples, int64. */
  shape(rows: number): Shape;
  fill(batch: ExtraBatch): HostTensor;
}

/** What the values of an `ExtraInput` may depend on. */
export interface ExtraBatch {
  /** [B] */
  readonly indices: ArrayLike<number>;
  /** Of every sample of the training set. */
  readonly labels: ArrayLike<number>;
  /** Samples that are still trained on. */
  readonly kept: ArrayLike<number>;
  readonly random: Generator;
}

/** A phase before the distillation, in a run of its own. */
export interface Pretraining {
  /** What the phase minimises. */
  loss(batch: DistillationBatch): Tensor;
  /** Whether the student's body is trained in it, or only `parts`. */
  readonly trainsStudent: boolean;
  /** Own modules that are trained in it. */
  readonly parts: readonly Module[];
}

/**
 * A way to pass knowledge on: L of the training loss γ·CE + a·KL + b·L, with trained parts of its own. It sees outputs
 * and sample numbers only, so that any training, condensed or not, can use it unchanged.
 */
export abstract class Distiller extends Module {
  readonly extraInputs: readonly ExtraInput[] = [];

  /** L, a scalar. */
  abstract loss(batch: DistillationBatch): Tensor;

  /** Own modules that are trained with the student. Default: all. */
  get trained(): readonly Module[] {
    return [this];
  }

  get pretraining(): Pretraining | undefined {
    return undefined;
  }
}

/** γ, a and b of γ·CE + a·KL + b·L. */
export interface LossWeights {
  readonly crossEntropy: number;
  readonly kd: number;
  readonly feature: number;
}
