import type { Tensor } from "../../graph/tensor.ts";
import { Module } from "../../nn/module.ts";
import { observed, type ObservedBlock } from "./block-group.ts";

export interface FeatureOptions {
  /**
   * The maps before their last activation in place of those behind it (AB distillation); the first feature and the
   * pooled vector stay. Default false.
   */
  readonly preactivation?: boolean;
}

/** What a distiller reads of a network. */
export interface FeatureList {
  /** Stem, each group's map [B, C, H, W], and last the pooled vector [B, D]. */
  readonly features: readonly Tensor[];
  /** [B, K] */
  readonly logits: Tensor;
}

/**
 * A convolutional network of K classes that hands out its features, in the order of RepDistiller's `is_feat`. Source:
 * knowledge-condensation.md §3. A trace also taps every module by its path (`layer2`, `block1.layer.0`).
 */
export abstract class ConvolutionalClassifier extends Module {
  /** [B, 3, H, W] → features and logits */
  abstract withFeatures(image: Tensor, options?: FeatureOptions): FeatureList;

  /** [B, 3, H, W] → logits [B, K] */
  forward(image: Tensor): Tensor {
    return this.withFeatures(image).logits;
  }
}

/** Runs groups one after another: the last one's map, and a feature of each. */
export function throughGroups(
  x: Tensor,
  groups: readonly ObservedBlock[],
  { preactivation = false }: FeatureOptions,
): { readonly map: Tensor; readonly features: readonly Tensor[] } {
  const features: Tensor[] = [];
  let map = x;
  for (const group of groups) {
    const seen = observed(group, map);
    map = seen.map;
    features.push(preactivation ? seen.preactivation : map);
  }
  return { map, features };
}
