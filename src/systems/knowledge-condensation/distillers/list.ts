import { ActivationBoundaries } from "./abound.ts";
import { AttentionTransfer } from "./attention.ts";
import { Correlation } from "./correlation.ts";
import { Crd } from "./crd.ts";
import type { Distiller, FeatureShapes, LossWeights } from "./distiller.ts";
import { FactorTransfer } from "./factor.ts";
import { Fsp } from "./fsp.ts";
import { Hint } from "./hint.ts";
import { Nst } from "./nst.ts";
import { Pkt } from "./pkt.ts";
import { Rkd } from "./rkd.ts";
import { Similarity } from "./similarity.ts";
import { Sskd } from "./sskd.ts";
import { Vid } from "./vid.ts";

/** What a distiller is built for, beside the shapes of the features. */
export interface DistillerOptions {
  /** Samples of the whole training set. */
  readonly samples: number;
  /** CRD's negatives for each sample. */
  readonly negatives: number;
  /** FitNet's place in the lists of features. */
  readonly hintLayer: number;
}

/** A distiller by its published name. */
export interface DistillerKind {
  /** γ, a, b of RepDistiller's and KCD's scripts. */
  readonly weights: LossWeights;
  /** Absent: labels and logits are all it uses. */
  build?(shapes: FeatureShapes, options: DistillerOptions): Distiller;
  /** Whether each image comes four times, turned. */
  readonly rotations?: true;
  /** Whether a phase of its own comes before. */
  readonly pretrained?: true;
}

const ofFeatures = (feature: number): LossWeights => ({ crossEntropy: 1, kd: 0, feature });

/** Source of the weights: knowledge-condensation section 4.4. `none` is plain training by labels. */
export const distillers = {
  none: { weights: { crossEntropy: 1, kd: 0, feature: 0 } },
  kd: { weights: { crossEntropy: 0.1, kd: 0.9, feature: 0 } },
  hint: { weights: ofFeatures(100), build: (shapes, { hintLayer }) => new Hint(shapes, { layer: hintLayer }) },
  attention: { weights: ofFeatures(1000), build: () => new AttentionTransfer() },
  similarity: { weights: ofFeatures(3000), build: () => new Similarity() },
  correlation: { weights: ofFeatures(0.02), build: (shapes) => new Correlation(shapes) },
  vid: { weights: ofFeatures(1), build: (shapes) => new Vid(shapes) },
  rkd: { weights: ofFeatures(1), build: () => new Rkd() },
  pkt: { weights: ofFeatures(30_000), build: () => new Pkt() },
  abound: { weights: ofFeatures(0), build: (shapes) => new ActivationBoundaries(shapes), pretrained: true },
  factor: { weights: ofFeatures(200), build: (shapes) => new FactorTransfer(shapes), pretrained: true },
  fsp: { weights: ofFeatures(0), build: (shapes) => new Fsp(shapes), pretrained: true },
  nst: { weights: ofFeatures(50), build: () => new Nst() },
  crd: { weights: ofFeatures(0.8), build: (shapes, options) => new Crd(shapes, options) },
  "crd-kd": {
    weights: { crossEntropy: 1, kd: 1, feature: 0.8 },
    build: (shapes, options) => new Crd(shapes, options),
  },
  sskd: {
    weights: { crossEntropy: 0.1, kd: 0.9, feature: 1 },
    build: (shapes) => new Sskd(shapes),
    rotations: true,
    pretrained: true,
  },
} as const satisfies Record<string, DistillerKind>;

export type DistillerName = keyof typeof distillers;

/** Every name, for schemas. */
export const distillerNames = Object.keys(distillers) as [DistillerName, ...DistillerName[]]; // keys of a written-out record

/** The distiller called `name`. */
export const distillerNamed = (name: DistillerName): DistillerKind => distillers[name];
